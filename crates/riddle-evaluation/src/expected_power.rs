use riddle_core::EvaluationRunId;
use serde::{Deserialize, Serialize};

use crate::report::Difference;
use crate::statistics::{half_width, minimum_detectable, questions_needed, spread_of_detectable};

/// Differences in nDCG@10 that people ask about.
const DIFFERENCES: [f64; 3] = [0.05, 0.03, 0.02];

/// What a run can be expected to see, before it is made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ExpectedPower {
    /// Questions that its figures would be of: those of the test half with something relevant, or of dev where there is
    /// no test half.
    pub questions: u32,
    /// Standard deviation over questions of a difference in nDCG@10.
    pub standard_deviation: f64,
    /// The run over the same set that it was seen in; `None` where it is what is typical of rerankers.
    pub seen_in: Option<EvaluationRunId>,
    /// Half the width of the 95 % interval of a difference; `None` without a question.
    pub interval: Option<f64>,
    /// The difference that is found in 80 of 100 cases; `None` without a question.
    pub detectable: Option<f64>,
    /// Questions that find other differences as surely, of such a spread.
    pub needed: Vec<QuestionsNeeded>,
}

/// How many questions find a difference in 80 of 100 cases.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct QuestionsNeeded {
    /// In nDCG@10.
    pub difference: f64,
    /// In the half that figures are of.
    pub questions: u32,
}

impl ExpectedPower {
    /// Of so many questions and this standard deviation, which is above 0.
    pub fn new(questions: u32, standard_deviation: f64, seen_in: Option<EvaluationRunId>) -> Self {
        let needed = DIFFERENCES.into_iter().filter_map(|difference| {
            let questions = questions_needed(standard_deviation, difference)?;
            Some(QuestionsNeeded {
                difference,
                questions,
            })
        });
        let any = questions > 0;
        Self {
            questions,
            standard_deviation,
            seen_in,
            interval: any.then(|| half_width(standard_deviation, questions)),
            detectable: any.then(|| minimum_detectable(standard_deviation, questions)),
            needed: needed.collect(),
        }
    }
}

impl Difference {
    /// Standard deviation of the difference over questions, as its clusters let it seem; `None` where it is not known
    /// or nothing differs.
    pub fn standard_deviation(&self) -> Option<f64> {
        let sd = spread_of_detectable(self.minimum_detectable?, self.difference.n);
        (sd > 0.0).then_some(sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_questions_see_more() {
        let of = |questions| ExpectedPower::new(questions, 0.13, None);
        let (few, many) = (of(40), of(300));
        assert!((few.interval.unwrap_or(0.0) - 0.040).abs() < 0.001);
        assert!((many.interval.unwrap_or(0.0) - 0.015).abs() < 0.001);
        assert!(few.detectable > many.detectable);
        let needed: Vec<u32> = few.needed.iter().map(|one| one.questions).collect();
        assert_eq!(needed, [53, 148, 332]);
        assert_eq!(of(0).interval, None);
        assert_eq!(of(0).detectable, None);
    }
}
