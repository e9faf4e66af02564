mod body;
mod feedback;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::AnswerDto;
use crate::hit::KnowledgeBaseRefDto;

pub use body::{CreateChat, FeedbackBody, InPlaceOf, PatchChat, VerdictDto};
pub use feedback::{FeedbackEntryDto, FeedbackListDto};

/// A chat without its messages.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatSummaryDto {
    pub id: Uuid,
    /// Given by a person, else the first question, cut; empty before that.
    #[schema(example = "Which port does the server listen on?")]
    pub title: String,
    /// Where its questions are searched; a deleted one has its last known name.
    pub knowledge_bases: Vec<KnowledgeBaseRefDto>,
    /// The language model that was chosen for it; null where its knowledge base or the server says.
    pub chat_model: Option<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
    /// Questions and answers.
    pub message_count: u32,
}

/// A chat.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatDto {
    #[serde(flatten)]
    pub summary: ChatSummaryDto,
    /// Oldest first; a question is followed by its answer.
    pub messages: Vec<ChatMessageDto>,
}

/// A page of chats.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatListDto {
    /// Last changed first.
    pub chats: Vec<ChatSummaryDto>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A message of a chat.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatMessageDto {
    pub id: Uuid,
    /// `user` or `assistant`.
    #[schema(example = "assistant")]
    pub role: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    pub text: String,
    /// `complete`; `writing`: an answer in the making; `stopped`: its reader left or the server stopped, and the text
    /// is what was written until then; `failed`: see `error`.
    #[schema(example = "complete")]
    pub status: String,
    /// The stand-alone question that was searched, if it is another than the text.
    pub rewritten: Option<String>,
    /// The whole answer as it was given. Of one that was stopped or failed, what was known by then; null if nothing was
    /// written.
    pub answer: Option<AnswerDto>,
    /// Why the answer failed, if it did; `interrupted` of a stopped one whose server ended without a word, as by a
    /// power cut.
    pub error: Option<MessageErrorDto>,
    /// What a person thinks of the answer.
    pub feedback: Option<FeedbackDto>,
}

/// Why an answer failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageErrorDto {
    /// Stable name for programs.
    pub code: String,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// What a person thinks of an answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FeedbackDto {
    /// `up` or `down`.
    #[schema(example = "up")]
    pub verdict: String,
    pub comment: Option<String>,
}

/// The first event of an answer in a chat: the question is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuestionEventDto {
    /// The question's message.
    pub message: ChatMessageDto,
    /// Id that the answer's message will have.
    pub answer_id: Uuid,
    /// The stand-alone question that is searched, if it is another than the text.
    pub rewritten: Option<String>,
}

/// The last event of an answer in a chat: the answer is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DoneEventDto {
    /// The answer's message.
    pub message: ChatMessageDto,
}
