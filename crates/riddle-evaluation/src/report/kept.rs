use riddle_core::{
    ArmAnswer, EvaluatedQuestion, EvaluationArm, FrozenCandidate, GoldPlace, JudgedItem,
    QuestionHalf, QuestionOutcome, Timings, fusions_to_try,
};

use super::grades_apart::GradesApart;
use super::headroom::KeptHeadroom;
use super::traits::Traits;
use super::types::{Exclusion, LostGold, Stage};
use crate::measures::{AnswerScores, JudgedRanking, Measure, MeasureKind, answer_scores};

/// Places of the measures that other figures are made of.
pub(super) const NDCG_10: usize = 0;
pub(super) const SUCCESS_3: usize = 1;
pub(super) const RR_10: usize = 2;
pub(super) const JUDGED_10: usize = 3;

/// Places of the measures that arms, and runs, are compared by: all that do not depend on an arm's own number of
/// candidates or on what is judged. nDCG@10 is the first.
pub(super) const COMPARED: [usize; 8] = [NDCG_10, SUCCESS_3, RR_10, 5, 6, 8, 9, 10];

/// The measures at these places.
pub(crate) fn compared_measures() -> [Measure; COMPARED.len()] {
    let all = reported(1);
    COMPARED.map(|place| all[place])
}

/// Their values for an arm on a question; `None` if it failed, and without something relevant.
pub(crate) fn compared_values(
    outcome: &QuestionOutcome,
    arm: usize,
) -> Option<[f64; COMPARED.len()]> {
    let made = outcome
        .arms
        .get(arm)
        .filter(|made| made.failure.is_none() && !outcome.question.unanswerable)?;
    let ranking = judged(outcome, &made.ranking);
    (ranking.relevant() > 0).then(|| compared_measures().map(|measure| ranking.value(measure)))
}

/// The measures of an arm.
pub(super) fn reported(top_k: u32) -> [Measure; 12] {
    [
        MeasureKind::Ndcg.at(10),
        MeasureKind::Success.at(3),
        MeasureKind::ReciprocalRank.at(10),
        MeasureKind::Judged.at(10),
        MeasureKind::Ndcg.at(10).judged_only(),
        MeasureKind::Ndcg.at(3),
        MeasureKind::Recall.at(10),
        MeasureKind::Recall.at(top_k.max(1)),
        MeasureKind::AveragePrecision.of_all(),
        MeasureKind::Success.at(1),
        MeasureKind::Precision.at(3),
        MeasureKind::Bpref.of_all(),
    ]
}

/// All stages, in the order in which times are kept.
pub(super) const STAGES: [Stage; 11] = [
    Stage::Embed,
    Stage::Bm25,
    Stage::Dense,
    Stage::Fuse,
    Stage::Rerank,
    Stage::Queue,
    Stage::Prefill,
    Stage::Decode,
    Stage::Token,
    Stage::FirstToken,
    Stage::Total,
];

/// Milliseconds by stage.
pub(super) type Times = [Option<f64>; STAGES.len()];

/// What is kept of a question: numbers, no texts.
pub(super) struct KeptQuestion {
    pub(super) id: String,
    pub(super) half: QuestionHalf,
    /// Why it counts in no measure of rankings.
    pub(super) exclusion: Option<Exclusion>,
    /// Whether people have judged something relevant.
    pub(super) relevant_by_people: bool,
    /// Names of documents with something relevant.
    pub(super) documents: Vec<String>,
    pub(super) traits: Traits,
    /// What is relevant and not in the knowledge base.
    pub(super) lost: Vec<LostGold>,
    /// `None` where an arm failed.
    pub(super) arms: Vec<Option<KeptArm>>,
    /// Under each fusion that was tried; empty if the outcome has no such orders.
    pub(super) fusions: Vec<KeptRanking>,
    /// Times of retrieval without rerank.
    pub(super) retrieval: Times,
}

/// What is kept of an arm.
pub(super) struct KeptArm {
    pub(super) ranking: KeptRanking,
    pub(super) retrieved: u32,
    /// Why nothing was reranked though the arm reranks.
    pub(super) not_reranked: Option<String>,
    pub(super) reranked_by: Option<String>,
    /// Whether that is only the fallback for a cross-encoder.
    pub(super) stand_in: bool,
    pub(super) weight: Option<f32>,
    pub(super) times: Times,
    pub(super) reranked_tokens: Option<u64>,
    pub(super) tokens: Option<(u32, u32)>,
    pub(super) answer: Option<AnswerScores>,
}

/// What is kept of an order of candidates.
pub(super) struct KeptRanking {
    /// See [`reported`]; all 0 where nothing is relevant.
    pub(super) measures: [f64; 12],
    /// Rank of the first relevant passage, from 1.
    pub(super) first_relevant: Option<u32>,
    pub(super) headroom: KeptHeadroom,
    pub(super) apart: GradesApart,
}

impl KeptQuestion {
    pub(super) fn new(outcome: &QuestionOutcome, arms: &[EvaluationArm]) -> Self {
        let question = &outcome.question;
        let relevant = question.items.iter().filter(|item| item.grade > 0);
        let documents: Vec<String> = relevant.map(|item| item.document.clone()).collect();
        let exclusion = if question.unanswerable {
            Some(Exclusion::Unanswerable)
        } else if documents.is_empty() {
            Some(Exclusion::NothingRelevant)
        } else {
            None
        };
        let by_people = |item: &JudgedItem| item.by_people().is_some_and(|grade| grade > 0);
        let kept = |(index, arm): (usize, &EvaluationArm)| KeptArm::new(outcome, index, arm);
        Self {
            id: question.id.clone(),
            half: question.half,
            exclusion,
            relevant_by_people: question.items.iter().any(by_people),
            documents,
            traits: Traits::of(question),
            lost: lost(question),
            arms: arms.iter().enumerate().map(kept).collect(),
            fusions: fused_orders(outcome, arms),
            retrieval: retrieval_times(outcome),
        }
    }

    pub(super) fn is_ranked(&self) -> bool {
        self.exclusion.is_none()
    }
}

impl KeptArm {
    fn new(outcome: &QuestionOutcome, index: usize, arm: &EvaluationArm) -> Option<Self> {
        let made = outcome
            .arms
            .get(index)
            .filter(|made| made.failure.is_none())?;
        let answer = made.answer.as_ref();
        let ranking = KeptRanking::new(outcome, &made.ranking, arm, Some(index));
        Some(Self {
            ranking,
            retrieved: u32::try_from(made.retrieved.len()).unwrap_or(u32::MAX),
            not_reranked: made.not_reranked.clone().filter(|_| arm.rerank.is_some()),
            reranked_by: made.reranked_by.clone(),
            stand_in: made.stand_in,
            weight: made.weight,
            times: match made.imported {
                true => [None; STAGES.len()],
                false => times(&made.timings, answer),
            },
            reranked_tokens: made.reranked_tokens,
            tokens: answer.map(|answer| (answer.prompt_tokens, answer.completion_tokens)),
            answer: answer_scores(outcome, index),
        })
    }
}

impl KeptRanking {
    /// `order` is best first; `answered` names the arm whose answer says what was used.
    fn new(
        outcome: &QuestionOutcome,
        order: &[u32],
        arm: &EvaluationArm,
        answered: Option<usize>,
    ) -> Self {
        let judged = judged(outcome, order);
        Self {
            measures: reported(arm.top_k).map(|measure| judged.value(measure)),
            first_relevant: first_relevant(outcome, order),
            headroom: KeptHeadroom::new(outcome, order, arm.top_n, answered),
            apart: GradesApart::of(outcome, order),
        }
    }
}

/// An order of candidates beside the judgments.
pub(super) fn judged(outcome: &QuestionOutcome, order: &[u32]) -> JudgedRanking {
    let grades: Vec<i32> = outcome
        .question
        .items
        .iter()
        .map(|item| item.grade)
        .collect();
    JudgedRanking::new(
        order
            .iter()
            .filter_map(|index| item(&outcome.candidates, *index)),
        &grades,
    )
}

/// The item that a candidate counts as.
pub(super) fn item(candidates: &[FrozenCandidate], index: u32) -> Option<u32> {
    candidates
        .get(index as usize)
        .map(|candidate| candidate.item)
}

/// The grade of a candidate, if it is judged.
pub(super) fn grade(outcome: &QuestionOutcome, index: u32) -> Option<i32> {
    let item = item(&outcome.candidates, index)?;
    outcome
        .question
        .items
        .get(item as usize)
        .map(|item| item.grade)
}

/// Rank of the first relevant passage in an order as people see it, from 1: also passages of one document count one by
/// one.
pub(super) fn first_relevant(outcome: &QuestionOutcome, order: &[u32]) -> Option<u32> {
    let is_relevant = |index: &u32| grade(outcome, *index).is_some_and(|grade| grade > 0);
    let place = order.iter().position(is_relevant)?;
    u32::try_from(place + 1).ok()
}

fn fused_orders(outcome: &QuestionOutcome, arms: &[EvaluationArm]) -> Vec<KeptRanking> {
    let Some(arm) = arms.first() else {
        return Vec::new();
    };
    if outcome.fusions.len() != fusions_to_try().len()
        || outcome.arms.iter().all(|arm| arm.failure.is_some())
    {
        return Vec::new();
    }
    let cut = |order: &Vec<u32>| {
        let order = &order[..order.len().min(arm.top_k as usize)];
        KeptRanking::new(outcome, order, arm, None)
    };
    outcome.fusions.iter().map(cut).collect()
}

fn times(timings: &Timings, answer: Option<&ArmAnswer>) -> Times {
    let known = [
        timings.embed_ms,
        timings.bm25_ms,
        timings.dense_ms,
        Some(timings.fuse_ms),
        timings.rerank_ms,
        Some(timings.queue_ms),
        timings.prefill_ms,
        timings.decode_ms,
        // Infinite without a token, and left out below.
        timings
            .decode_ms
            .zip(answer)
            .map(|(time, answer)| time / f64::from(answer.completion_tokens)),
        timings.first_token_ms.filter(|_| answer.is_some()),
        Some(timings.total_ms),
    ];
    known.map(|time| time.filter(|time| time.is_finite()))
}

/// Retrieval is done once for all arms, so the time of a stage is that of any arm that has it.
fn retrieval_times(outcome: &QuestionOutcome) -> Times {
    let arms = outcome.arms.iter();
    let arms = arms.filter(|arm| arm.failure.is_none() && !arm.imported);
    let all: Vec<Times> = arms.map(|arm| times(&arm.timings, None)).collect();
    let mut joined: Times = [None; STAGES.len()];
    for (stage, time) in joined.iter_mut().enumerate() {
        if matches!(
            STAGES[stage],
            Stage::Embed | Stage::Bm25 | Stage::Dense | Stage::Fuse
        ) {
            *time = all.iter().find_map(|times| times[stage]);
        }
    }
    joined
}

fn lost(question: &EvaluatedQuestion) -> Vec<LostGold> {
    let items = question.items.iter().filter(|item| item.grade > 0);
    let lost = items.filter(|item| item.place != GoldPlace::Found);
    lost.map(|item| LostGold {
        question: question.id.clone(),
        document: item.document.clone(),
        place: item.place,
    })
    .collect()
}
