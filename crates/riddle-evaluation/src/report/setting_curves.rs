use riddle_core::{EvaluationArm, QuestionHalf, QuestionOutcome};

use super::curves::{DEPTHS, WEIGHTS};
use super::what_if::{WhatIf, WhatIfTrial};

/// How the figures of an arm go with one setting while its others stay as they are tried, on one question after the
/// other.
pub struct SettingCurves {
    by_weight: Vec<Point>,
    by_depth: Vec<Point>,
    by_top_n: Vec<Point>,
}

/// The figures along each setting. Those of reranking are empty for an arm without it.
#[derive(Clone, PartialEq, Debug)]
pub struct AlongSettings {
    /// See [`WhatIf::weight`].
    pub by_weight: Vec<SettingPoint>,
    /// See [`WhatIf::depth`].
    pub by_depth: Vec<SettingPoint>,
    /// See [`WhatIf::top_n`].
    pub by_top_n: Vec<SettingPoint>,
}

/// What a value of a setting would give, on the dev half, or on all questions where there is none.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SettingPoint {
    /// The value.
    pub setting: f64,
    /// Mean nDCG@10.
    pub ndcg_10: f64,
    /// Share of the questions with a relevant passage among those that are kept.
    pub success_top_n: f64,
}

/// Sums alone are kept, since there are many points and may be many questions.
struct Point {
    setting: f64,
    trial: WhatIfTrial,
    dev: Sums,
    all: Sums,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    questions: f64,
    ndcg_10: f64,
    success: f64,
}

impl SettingCurves {
    /// For the arm of this index, around settings that are tried of it.
    pub fn new(arm: &EvaluationArm, index: usize, settings: WhatIf) -> Self {
        let point = |(setting, settings)| Point {
            setting,
            trial: WhatIfTrial::new(arm, index, settings, None),
            dev: Sums::default(),
            all: Sums::default(),
        };
        let depths = DEPTHS.into_iter().filter(|depth| *depth < arm.top_k);
        let depths: Vec<u32> = depths.chain([arm.top_k]).collect();
        let with_weight = |weight| WhatIf {
            weight: Some(weight),
            ..settings
        };
        let with_depth = |depth| WhatIf {
            depth: Some(depth),
            ..settings
        };
        let with_top_n = |top_n| WhatIf {
            top_n: Some(top_n),
            ..settings
        };
        let weights = WEIGHTS.iter().filter(|_| arm.rerank.is_some());
        let reranked = depths.iter().filter(|_| arm.rerank.is_some());
        let kept = depths.iter().filter(|depth| **depth > 0);
        let weights = weights.map(|weight| (rounded(*weight), with_weight(*weight)));
        let reranked = reranked.map(|depth| (f64::from(*depth), with_depth(*depth)));
        let kept = kept.map(|top_n| (f64::from(*top_n), with_top_n(*top_n)));
        Self {
            by_weight: weights.map(point).collect(),
            by_depth: reranked.map(point).collect(),
            by_top_n: kept.map(point).collect(),
        }
    }

    /// Adds a question, under the conditions of [`WhatIfTrial::add`].
    pub fn add(&mut self, outcome: &QuestionOutcome) {
        let curves = [&mut self.by_weight, &mut self.by_depth, &mut self.by_top_n];
        for point in curves.into_iter().flatten() {
            point.add(outcome);
        }
    }

    /// The curves.
    pub fn finish(&self) -> AlongSettings {
        let along = |points: &[Point]| points.iter().filter_map(Point::finish).collect();
        AlongSettings {
            by_weight: along(&self.by_weight),
            by_depth: along(&self.by_depth),
            by_top_n: along(&self.by_top_n),
        }
    }
}

impl Point {
    fn add(&mut self, outcome: &QuestionOutcome) {
        let Some(tried) = self.trial.of(outcome) else {
            return;
        };
        let is_dev = outcome.question.half == QuestionHalf::Dev;
        let sums = [Some(&mut self.all), Some(&mut self.dev).filter(|_| is_dev)];
        for sums in sums.into_iter().flatten() {
            sums.questions += 1.0;
            sums.ndcg_10 += tried.ndcg_10;
            sums.success += f64::from(u8::from(tried.success));
        }
    }

    fn finish(&self) -> Option<SettingPoint> {
        let sums = match self.dev.questions > 0.0 {
            true => self.dev,
            false => self.all,
        };
        (sums.questions > 0.0).then(|| SettingPoint {
            setting: self.setting,
            ndcg_10: sums.ndcg_10 / sums.questions,
            success_top_n: sums.success / sums.questions,
        })
    }
}

/// As people write it, without the digits that 32 bits add.
fn rounded(weight: f32) -> f64 {
    (f64::from(weight) * 100.0).round() / 100.0
}
