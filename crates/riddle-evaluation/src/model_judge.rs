//! Judging by a language model: what it is asked, what is taken from its answer, and of which family it must not be.

mod family;
mod rubric;

pub use family::shared_family;
pub use rubric::{BEST_GRADE, grade_in, grade_prompt};
