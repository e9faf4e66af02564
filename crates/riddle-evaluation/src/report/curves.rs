use riddle_core::{EvaluationArm, QuestionHalf, QuestionOutcome, blend, lead};

use super::cost::median;
use super::kept::{KeptArm, STAGES, judged};
use super::types::{BestWeight, DepthPoint, SkipLeadPoint, Stage, WeightPoint};
use crate::measures::MeasureKind;

pub(super) const DEPTHS: [u32; 16] = [
    0, 1, 2, 3, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500,
];
/// Means that are equal on paper may differ in their last bits.
const TIE: f64 = 1e-9;
pub(super) const WEIGHTS: [f32; 11] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
const LEADS: [Option<f32>; 12] = [
    Some(0.05),
    Some(0.1),
    Some(0.15),
    Some(0.2),
    Some(0.3),
    Some(0.4),
    Some(0.5),
    Some(0.6),
    Some(0.7),
    Some(0.8),
    Some(0.9),
    None,
];

/// Sums over the questions of one half.
#[derive(Clone, Default)]
struct Sums {
    questions: u32,
    depths: Vec<f64>,
    weights: Vec<f64>,
    /// nDCG@10 and questions that are reranked.
    leads: Vec<(f64, u32)>,
}

/// What an arm would give with other settings, from the scores that a run keeps.
pub(super) struct Curves {
    weight: Option<f32>,
    depths: Vec<u32>,
    dev: Sums,
    test: Sums,
    /// Whether any question was reranked.
    is_scored: bool,
}

impl Curves {
    /// `None` for an arm without rerank.
    pub(super) fn new(arm: &EvaluationArm) -> Option<Self> {
        let weight = arm.rerank.as_ref()?.weight;
        let mut depths: Vec<u32> = DEPTHS
            .into_iter()
            .filter(|depth| *depth < arm.top_k)
            .collect();
        depths.push(arm.top_k);
        let sums = Sums {
            questions: 0,
            depths: vec![0.0; depths.len()],
            weights: vec![0.0; WEIGHTS.len()],
            leads: vec![(0.0, 0); LEADS.len()],
        };
        Some(Self {
            weight,
            depths,
            dev: sums.clone(),
            test: sums,
            is_scored: false,
        })
    }

    /// Adds a ranked question in which the arm did not fail.
    pub(super) fn add(&mut self, outcome: &QuestionOutcome, arm: usize) {
        let Some(made) = outcome.arms.get(arm) else {
            return;
        };
        let sums = match outcome.question.half {
            QuestionHalf::Dev => &mut self.dev,
            QuestionHalf::Test => &mut self.test,
        };
        let ndcg = |depth: usize, weight: f32| {
            let scores = &made.scores[..made.scores.len().min(depth)];
            let order = blend(&made.fused, scores, weight);
            let order: Vec<u32> = order
                .iter()
                .filter_map(|place| made.retrieved.get(place.index).copied())
                .collect();
            judged(outcome, &order).value(MeasureKind::Ndcg.at(10))
        };
        let is_scored = made.scores.iter().any(Option::is_some);
        self.is_scored |= is_scored;
        self.weight = made.weight.or(self.weight);
        sums.questions += 1;
        for (sum, weight) in sums.weights.iter_mut().zip(WEIGHTS) {
            *sum += ndcg(usize::MAX, weight);
        }
        // What is not scored has the same order under every weight.
        let Some(weight) = self.weight.or((!is_scored).then_some(1.0)) else {
            return;
        };
        for (sum, depth) in sums.depths.iter_mut().zip(&self.depths) {
            *sum += ndcg(*depth as usize, weight);
        }
        let (fused, reranked) = (ndcg(0, weight), ndcg(usize::MAX, weight));
        let found = lead(&made.fused);
        for ((sum, count), bound) in sums.leads.iter_mut().zip(LEADS) {
            let leads = found.zip(bound).is_some_and(|(lead, bound)| lead >= bound);
            let is_reranked = is_scored && !leads;
            *sum += if is_reranked { reranked } else { fused };
            *count += u32::from(is_reranked);
        }
    }

    pub(super) fn depth_curve(&self, kept: &[&KeptArm]) -> Vec<DepthPoint> {
        if self.weight.is_none() {
            return Vec::new();
        }
        let points = self.depths.iter().enumerate().filter_map(|(index, depth)| {
            Some(DepthPoint {
                depth: *depth,
                ndcg_10: self.mean(|sums| sums.depths[index])?,
                rerank_ms: median(
                    kept.iter()
                        .filter_map(|arm| rerank_ms(arm, *depth))
                        .collect(),
                ),
            })
        });
        points.collect()
    }

    pub(super) fn weight_curve(&self) -> Vec<WeightPoint> {
        let points = WEIGHTS.iter().enumerate().filter_map(|(index, weight)| {
            let ndcg_10 = self.mean(|sums| sums.weights[index])?;
            Some(WeightPoint {
                weight: *weight,
                ndcg_10,
            })
        });
        points.collect()
    }

    pub(super) fn best_weight(&self) -> Option<BestWeight> {
        let on = |sums: &Sums, index: usize| {
            (sums.questions > 0).then(|| sums.weights[index] / f64::from(sums.questions))
        };
        let points = (0..WEIGHTS.len()).filter_map(|index| {
            Some(BestWeight {
                weight: WEIGHTS[index],
                dev_ndcg_10: on(&self.dev, index)?,
                test_ndcg_10: on(&self.test, index),
            })
        });
        // Of equal weights the one nearest to the arm's own is no change that nothing speaks for.
        let own = self.weight.unwrap_or(1.0);
        let better = |a: &BestWeight, b: &BestWeight| {
            let gain = a.dev_ndcg_10 - b.dev_ndcg_10;
            let nearer = (a.weight - own).abs() < (b.weight - own).abs();
            gain > TIE || (gain >= -TIE && nearer)
        };
        let points = points.filter(|_| self.is_scored);
        points.reduce(|best, point| if better(&point, &best) { point } else { best })
    }

    pub(super) fn skip_lead_curve(&self) -> Vec<SkipLeadPoint> {
        if self.weight.is_none() {
            return Vec::new();
        }
        let points = LEADS.iter().enumerate().filter_map(|(index, skip_lead)| {
            Some(SkipLeadPoint {
                skip_lead: *skip_lead,
                reranked: self.mean(|sums| f64::from(sums.leads[index].1))?,
                ndcg_10: self.mean(|sums| sums.leads[index].0)?,
            })
        });
        points.collect()
    }

    /// Over dev, since curves are for choosing; over all questions where there is no dev half. `None` where nothing was
    /// reranked, since every setting would give the same.
    fn mean(&self, sum: impl Fn(&Sums) -> f64) -> Option<f64> {
        let (total, count) = match self.dev.questions {
            0 => (sum(&self.test), self.test.questions),
            count => (sum(&self.dev), count),
        };
        (count > 0 && self.is_scored).then(|| total / f64::from(count))
    }
}

/// As if each candidate took the same.
fn rerank_ms(arm: &KeptArm, depth: u32) -> Option<f64> {
    let rerank = STAGES.iter().position(|stage| *stage == Stage::Rerank)?;
    let time = arm.times[rerank]?;
    (arm.retrieved > 0)
        .then(|| time * f64::from(depth.min(arm.retrieved)) / f64::from(arm.retrieved))
}
