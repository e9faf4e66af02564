//! What a ranking and an answer are worth for one question.

mod answer;
mod measure;
mod ranking;
mod words;

pub(crate) use answer::agreement;
pub use answer::{AnswerScores, answer_scores};
pub use measure::{Measure, MeasureError, MeasureKind};
pub use ranking::JudgedRanking;
