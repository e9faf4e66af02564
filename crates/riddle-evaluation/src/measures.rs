//! What a ranking and an answer are worth for one question.

mod measure;

pub use measure::{Measure, MeasureError, MeasureKind};
