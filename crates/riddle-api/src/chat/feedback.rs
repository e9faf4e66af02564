use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::ContextDto;

/// A page of feedback.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FeedbackListDto {
    /// Newest first.
    pub feedback: Vec<FeedbackEntryDto>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// An answer with feedback, and all that an evaluation needs of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FeedbackEntryDto {
    /// The chat's id.
    pub chat: Uuid,
    /// Id of the answer's message.
    pub message: Uuid,
    /// The question as it was typed.
    pub question: String,
    /// The stand-alone question that was searched, if it is another.
    pub rewritten: Option<String>,
    /// The answer's text.
    pub answer: String,
    /// The passages given to the answerer; empty for an answer without text.
    pub contexts: Vec<ContextDto>,
    /// `up` or `down`.
    pub verdict: String,
    pub comment: Option<String>,
    /// RFC 3339, UTC.
    pub at: String,
}
