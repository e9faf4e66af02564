//! Judging by a language model: what it is asked, what is taken from its answer, of which family it must not be, and
//! how far its grades agree with those of people.

mod agreement;
mod family;
mod rubric;

pub(crate) use agreement::FEWEST_TO_CALIBRATE;
pub use agreement::{GradeScale, JudgeAgreement, ModelGolds, golds_by_model};
pub use family::shared_family;
pub use rubric::{grade_in, grade_prompt};
