use riddle_core::{ArmOutcome, EvaluationArm, QuestionHalf, QuestionOutcome, blend, lead};
use serde::{Deserialize, Serialize};

use super::cost::{mean, median};
use super::kept::{first_relevant, judged};
use crate::measures::MeasureKind;

/// Other settings of an arm, tried on the scores that a run keeps. `None` keeps what the arm has.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct WhatIf {
    /// How many candidates are reranked, at least as many as are kept: the list ends with them, as it does in a search
    /// with so many candidates. 0 reranks none and keeps the whole list.
    #[serde(default)]
    pub depth: Option<u32>,
    /// Weight of the reranker, 0 to 1.
    #[serde(default)]
    pub weight: Option<f32>,
    /// Passages kept.
    #[serde(default)]
    pub top_n: Option<u32>,
    /// Questions whose first candidate leads by this much are not reranked; above 1 reranks all.
    #[serde(default)]
    pub skip_lead: Option<f32>,
}

/// What they would give.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct WhatIfResult {
    /// Questions that count.
    pub questions: u32,
    /// Mean nDCG@10; `None` like the others without a question.
    pub ndcg_10: Option<f64>,
    /// Mean RR@10.
    pub rr_10: Option<f64>,
    /// Share of the questions with a relevant passage among those that are kept, as people see them.
    pub success_top_n: Option<f64>,
    /// Share of the questions that is reranked.
    pub reranked: Option<f64>,
    /// Median milliseconds of reranking, 0 for questions that are not reranked, as if each candidate took the same.
    pub rerank_ms: Option<f64>,
}

/// Tries other settings of an arm on one question after the other.
pub struct WhatIfTrial {
    arm: usize,
    settings: WhatIf,
    /// That of the arm's settings.
    own_weight: Option<f32>,
    top_n: u32,
    half: Option<QuestionHalf>,
    tried: Vec<Tried>,
}

pub(super) struct Tried {
    pub(super) ndcg_10: f64,
    rr_10: f64,
    pub(super) success: bool,
    reranked: bool,
    rerank_ms: Option<f64>,
}

impl WhatIfTrial {
    /// For the arm of this index, on one half or on all questions. Where neither the trial nor the outcomes nor the arm
    /// name a weight, the reranker's order alone counts.
    pub fn new(
        arm: &EvaluationArm,
        index: usize,
        settings: WhatIf,
        half: Option<QuestionHalf>,
    ) -> Self {
        Self {
            arm: index,
            settings,
            own_weight: arm.rerank.as_ref().and_then(|rerank| rerank.weight),
            top_n: settings.top_n.unwrap_or(arm.top_n),
            half,
            tried: Vec::new(),
        }
    }

    /// Adds a question. It counts if it is of the half, has something relevant, and did not fail.
    pub fn add(&mut self, outcome: &QuestionOutcome) {
        let tried = self.of(outcome);
        self.tried.extend(tried);
    }

    /// What the settings make of a question that counts.
    pub(super) fn of(&self, outcome: &QuestionOutcome) -> Option<Tried> {
        let made = outcome.arms.get(self.arm)?;
        let is_of_half = self.half.is_none_or(|half| half == outcome.question.half);
        if made.failure.is_some() || !is_of_half || outcome.question.unanswerable {
            return None;
        }
        let (order, reranked) = self.order(made);
        let ranking = judged(outcome, &order);
        (ranking.relevant() > 0).then(|| Tried {
            ndcg_10: ranking.value(MeasureKind::Ndcg.at(10)),
            rr_10: ranking.value(MeasureKind::ReciprocalRank.at(10)),
            success: first_relevant(outcome, &order).is_some_and(|rank| rank <= self.top_n),
            reranked: reranked > 0,
            rerank_ms: rerank_ms(made, reranked),
        })
    }

    /// The order of the candidates, and how many of them were reranked for it.
    fn order(&self, made: &ArmOutcome) -> (Vec<u32>, usize) {
        let leads = lead(&made.fused)
            .zip(self.settings.skip_lead)
            .is_some_and(|(lead, bound)| lead >= bound);
        let all = made.retrieved.len().min(made.fused.len());
        let (candidates, depth) = match self.settings.depth {
            None => (all, usize::MAX),
            Some(0) => (all, 0),
            Some(depth) => {
                let depth = depth.max(self.top_n) as usize;
                (all.min(depth), depth)
            }
        };
        let depth = if leads { 0 } else { depth };
        let scores = &made.scores[..made.scores.len().min(depth)];
        let weight = self.settings.weight.or(made.weight).or(self.own_weight);
        let order = blend(&made.fused[..candidates], scores, weight.unwrap_or(1.0));
        let order = order
            .iter()
            .filter_map(|place| made.retrieved.get(place.index).copied())
            .collect();
        (order, scores.len())
    }

    /// What the settings would give.
    pub fn finish(self) -> WhatIfResult {
        let over = |value: fn(&Tried) -> f64| mean(self.tried.iter().map(value));
        WhatIfResult {
            questions: u32::try_from(self.tried.len()).unwrap_or(u32::MAX),
            ndcg_10: over(|tried| tried.ndcg_10),
            rr_10: over(|tried| tried.rr_10),
            success_top_n: over(|tried| f64::from(u8::from(tried.success))),
            reranked: over(|tried| f64::from(u8::from(tried.reranked))),
            rerank_ms: median(
                self.tried
                    .iter()
                    .filter_map(|tried| tried.rerank_ms)
                    .collect(),
            ),
        }
    }
}

fn rerank_ms(made: &ArmOutcome, reranked: usize) -> Option<f64> {
    if reranked == 0 {
        return Some(0.0);
    }
    made.timings
        .rerank_ms
        .map(|time| time * reranked as f64 / made.scores.len() as f64)
}
