use riddle_core::{FeedbackEntry, FeedbackPage};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::answer::ContextDto;
use crate::dto::timestamp::rfc3339;

/// A page of feedback.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedbackListDto {
    /// Newest first.
    feedback: Vec<FeedbackEntryDto>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// An answer with feedback, and all that an evaluation needs of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedbackEntryDto {
    /// The chat's id.
    chat: Uuid,
    /// Id of the answer's message.
    message: Uuid,
    /// The question as it was typed.
    question: String,
    /// The stand-alone question that was searched, if it is another.
    rewritten: Option<String>,
    /// The answer's text.
    answer: String,
    /// The passages given to the answerer; empty for an answer without text.
    contexts: Vec<ContextDto>,
    /// `up` or `down`.
    verdict: &'static str,
    comment: Option<String>,
    /// RFC 3339, UTC.
    at: String,
}

impl From<FeedbackPage> for FeedbackListDto {
    fn from(page: FeedbackPage) -> Self {
        Self {
            feedback: page.feedback.into_iter().map(Into::into).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<FeedbackEntry> for FeedbackEntryDto {
    fn from(entry: FeedbackEntry) -> Self {
        let contexts = entry.answer.map(|answer| answer.contexts);
        let contexts = contexts.unwrap_or_default().into_iter();
        Self {
            chat: entry.chat.0,
            message: entry.message.0,
            question: entry.question,
            rewritten: entry.rewritten,
            answer: entry.text,
            contexts: contexts.map(Into::into).collect(),
            verdict: entry.feedback.verdict.as_str(),
            comment: entry.feedback.comment,
            at: rfc3339(entry.feedback.at),
        }
    }
}
