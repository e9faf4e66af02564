use riddle_core::QuestionOutcome;
use serde::{Deserialize, Serialize};

use super::kept::{first_relevant, judged};
use crate::measures::{AnswerScores, MeasureKind, answer_scores};

/// How an arm did on one question.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct QuestionScores {
    /// nDCG@10; `None` like the next two where nothing is relevant.
    pub ndcg_10: Option<f64>,
    /// RR@10.
    pub rr_10: Option<f64>,
    /// Whether a relevant passage is among the first `top_n`, as people see them.
    pub success_top_n: Option<bool>,
    /// Rank of the first relevant passage as people see it, from 1; `None` if none is found.
    pub first_relevant_rank: Option<u32>,
    /// Share of the first 10 that has a judgment.
    pub judged_10: f64,
    /// What its answer is worth, if it has one.
    pub answer: Option<AnswerScores>,
}

/// Scores an arm on a question. `None` if it failed.
pub fn question_scores(
    outcome: &QuestionOutcome,
    arm: usize,
    top_n: u32,
) -> Option<QuestionScores> {
    let made = outcome
        .arms
        .get(arm)
        .filter(|made| made.failure.is_none())?;
    let ranking = judged(outcome, &made.ranking);
    let rank = first_relevant(outcome, &made.ranking);
    let is_ranked = ranking.relevant() > 0 && !outcome.question.unanswerable;
    let value = |measure| is_ranked.then(|| ranking.value(measure));
    Some(QuestionScores {
        ndcg_10: value(MeasureKind::Ndcg.at(10)),
        rr_10: value(MeasureKind::ReciprocalRank.at(10)),
        success_top_n: is_ranked.then(|| rank.is_some_and(|rank| rank <= top_n)),
        first_relevant_rank: rank,
        judged_10: ranking.value(MeasureKind::Judged.at(10)),
        answer: answer_scores(outcome, arm),
    })
}
