use riddle_api::{FeedbackEntryDto, FeedbackListDto};
use riddle_core::{FeedbackEntry, FeedbackPage, rfc3339};

use crate::dto::convert::{Convert, ConvertFrom};

impl ConvertFrom<FeedbackPage> for FeedbackListDto {
    fn convert_from(page: FeedbackPage) -> Self {
        Self {
            feedback: page.feedback.into_iter().map(Convert::convert).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl ConvertFrom<FeedbackEntry> for FeedbackEntryDto {
    fn convert_from(entry: FeedbackEntry) -> Self {
        let contexts = entry.answer.map(|answer| answer.contexts);
        let contexts = contexts.unwrap_or_default().into_iter();
        Self {
            chat: entry.chat.0,
            message: entry.message.0,
            question: entry.question,
            rewritten: entry.rewritten,
            answer: entry.text,
            contexts: contexts.map(Convert::convert).collect(),
            verdict: entry.feedback.verdict.as_str().to_owned(),
            comment: entry.feedback.comment,
            at: rfc3339(entry.feedback.at),
        }
    }
}
