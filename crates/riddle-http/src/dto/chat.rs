mod body;
mod feedback;

use riddle_core::{
    Conversation, ConversationMessage, ConversationPage, ConversationSummary, Feedback,
    KnowledgeBaseRef, MessageContent, ReplyFailure,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::AnswerDto;
use super::hit::KnowledgeBaseRefDto;
use super::timestamp::rfc3339;

pub(crate) use body::{CreateChat, FeedbackBody, InPlaceOf, PatchChat};
pub(crate) use feedback::FeedbackListDto;

/// A chat without its messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatSummaryDto {
    id: Uuid,
    /// Given by a person, else the first question, cut; empty before that.
    #[schema(example = "Which port does the server listen on?")]
    title: String,
    /// Where its questions are searched; a deleted one has its last known name.
    knowledge_bases: Vec<KnowledgeBaseRefDto>,
    /// RFC 3339, UTC.
    created_at: String,
    /// RFC 3339, UTC.
    updated_at: String,
    /// Questions and answers.
    message_count: u32,
}

/// A chat.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatDto {
    #[serde(flatten)]
    summary: ChatSummaryDto,
    /// Oldest first; a question is followed by its answer.
    messages: Vec<ChatMessageDto>,
}

/// A page of chats.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatListDto {
    /// Last changed first.
    chats: Vec<ChatSummaryDto>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// A message of a chat.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatMessageDto {
    id: Uuid,
    /// `user` or `assistant`.
    #[schema(example = "assistant")]
    role: &'static str,
    /// RFC 3339, UTC.
    created_at: String,
    text: String,
    /// `complete`; `writing`: an answer in the making; `stopped`: its reader left or the server stopped, and the text is
    /// what was written until then; `failed`: see `error`.
    #[schema(example = "complete")]
    status: &'static str,
    /// The stand-alone question that was searched, if it is another than the text.
    rewritten: Option<String>,
    /// The whole answer as it was given. Of one that was stopped or failed, what was known by then; null if nothing was
    /// written.
    answer: Option<AnswerDto>,
    /// Why the answer failed, if it did.
    error: Option<MessageErrorDto>,
    /// What a person thinks of the answer.
    feedback: Option<FeedbackDto>,
}

/// Why an answer failed.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageErrorDto {
    /// Stable name for programs.
    code: String,
    /// What is wrong and what to do, for people.
    message: String,
}

/// What a person thinks of an answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedbackDto {
    /// `up` or `down`.
    #[schema(example = "up")]
    verdict: &'static str,
    comment: Option<String>,
}

/// The first event of an answer in a chat: the question is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuestionEventDto {
    /// The question's message.
    message: ChatMessageDto,
    /// Id that the answer's message will have.
    answer_id: Uuid,
    /// The stand-alone question that is searched, if it is another than the text.
    rewritten: Option<String>,
}

/// The last event of an answer in a chat: the answer is kept.
#[derive(Serialize)]
pub(crate) struct DoneEventDto {
    /// The answer's message.
    message: ChatMessageDto,
}

impl From<KnowledgeBaseRef> for KnowledgeBaseRefDto {
    fn from(knowledge_base: KnowledgeBaseRef) -> Self {
        Self {
            id: knowledge_base.id.0,
            name: knowledge_base.name,
        }
    }
}

impl From<ConversationSummary> for ChatSummaryDto {
    fn from(chat: ConversationSummary) -> Self {
        Self {
            id: chat.id.0,
            title: chat.title,
            knowledge_bases: chat.knowledge_bases.into_iter().map(Into::into).collect(),
            created_at: rfc3339(chat.created_at),
            updated_at: rfc3339(chat.updated_at),
            message_count: chat.message_count,
        }
    }
}

impl From<Conversation> for ChatDto {
    fn from(chat: Conversation) -> Self {
        Self {
            summary: chat.summary.into(),
            messages: chat.messages.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ConversationPage> for ChatListDto {
    fn from(page: ConversationPage) -> Self {
        Self {
            chats: page.chats.into_iter().map(Into::into).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<ConversationMessage> for ChatMessageDto {
    fn from(message: ConversationMessage) -> Self {
        let mut dto = Self {
            id: message.id.0,
            role: "user",
            created_at: rfc3339(message.created_at),
            text: message.text,
            status: message.status.as_str(),
            rewritten: None,
            answer: None,
            error: None,
            feedback: None,
        };
        match message.content {
            MessageContent::Question { rewritten } => dto.rewritten = rewritten,
            MessageContent::Reply {
                answer,
                failure,
                feedback,
            } => {
                dto.role = "assistant";
                dto.answer = answer.map(|answer| AnswerDto::from(*answer));
                dto.error = failure.map(Into::into);
                dto.feedback = feedback.map(Into::into);
            }
        }
        dto
    }
}

impl From<ReplyFailure> for MessageErrorDto {
    fn from(failure: ReplyFailure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
        }
    }
}

impl From<Feedback> for FeedbackDto {
    fn from(feedback: Feedback) -> Self {
        Self {
            verdict: feedback.verdict.as_str(),
            comment: feedback.comment,
        }
    }
}

impl QuestionEventDto {
    pub(crate) fn of(message: ConversationMessage, answer_id: Uuid) -> Self {
        let message = ChatMessageDto::from(message);
        Self {
            rewritten: message.rewritten.clone(),
            message,
            answer_id,
        }
    }
}

impl From<ConversationMessage> for DoneEventDto {
    fn from(message: ConversationMessage) -> Self {
        Self {
            message: message.into(),
        }
    }
}
