use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evaluation::JudgmentDto;

/// What is to be judged of a run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PassagesToJudgeDto {
    /// Those first that could turn the verdict.
    pub passages: Vec<PassageToJudgeDto>,
    /// Whether there are more.
    pub more: bool,
}

/// A passage that nobody has judged. Which arm found it, and at what rank, is not said.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PassageToJudgeDto {
    /// Id of the question in the set.
    pub question: String,
    /// The question.
    pub text: String,
    pub passage: String,
    /// The judgment to be sent, with a grade in place of 0.
    pub judgment: JudgmentDto,
}
