mod body;
mod feedback;

use riddle_api::{
    AnswerDto, ChatDto, ChatListDto, ChatMessageDto, ChatSummaryDto, DoneEventDto, FeedbackDto,
    KnowledgeBaseRefDto, MessageErrorDto, QuestionEventDto,
};
use riddle_core::{
    Conversation, ConversationMessage, ConversationPage, ConversationSummary, Feedback,
    KnowledgeBaseRef, MessageContent, ReplyFailure, rfc3339,
};
use uuid::Uuid;

use super::convert::{Convert, ConvertFrom};

impl ConvertFrom<KnowledgeBaseRef> for KnowledgeBaseRefDto {
    fn convert_from(knowledge_base: KnowledgeBaseRef) -> Self {
        Self {
            id: knowledge_base.id.0,
            name: knowledge_base.name,
        }
    }
}

impl ConvertFrom<ConversationSummary> for ChatSummaryDto {
    fn convert_from(chat: ConversationSummary) -> Self {
        Self {
            id: chat.id.0,
            title: chat.title,
            knowledge_bases: chat
                .knowledge_bases
                .into_iter()
                .map(Convert::convert)
                .collect(),
            chat_model: chat.chat_model,
            created_at: rfc3339(chat.created_at),
            updated_at: rfc3339(chat.updated_at),
            message_count: chat.message_count,
        }
    }
}

impl ConvertFrom<Conversation> for ChatDto {
    fn convert_from(chat: Conversation) -> Self {
        Self {
            summary: chat.summary.convert(),
            messages: chat.messages.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<ConversationPage> for ChatListDto {
    fn convert_from(page: ConversationPage) -> Self {
        Self {
            chats: page.chats.into_iter().map(Convert::convert).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl ConvertFrom<ConversationMessage> for ChatMessageDto {
    fn convert_from(message: ConversationMessage) -> Self {
        let mut dto = Self {
            id: message.id.0,
            role: "user".to_owned(),
            created_at: rfc3339(message.created_at),
            text: message.text,
            status: message.status.as_str().to_owned(),
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
                dto.role = "assistant".to_owned();
                dto.answer = answer.map(|answer| AnswerDto::convert_from(*answer));
                dto.error = failure.map(Convert::convert);
                dto.feedback = feedback.map(Convert::convert);
            }
        }
        dto
    }
}

impl ConvertFrom<ReplyFailure> for MessageErrorDto {
    fn convert_from(failure: ReplyFailure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
        }
    }
}

impl ConvertFrom<Feedback> for FeedbackDto {
    fn convert_from(feedback: Feedback) -> Self {
        Self {
            verdict: feedback.verdict.as_str().to_owned(),
            comment: feedback.comment,
        }
    }
}

/// The event that a question is kept.
pub(crate) fn question_event(message: ConversationMessage, answer_id: Uuid) -> QuestionEventDto {
    let message = ChatMessageDto::convert_from(message);
    QuestionEventDto {
        rewritten: message.rewritten.clone(),
        message,
        answer_id,
    }
}

impl ConvertFrom<ConversationMessage> for DoneEventDto {
    fn convert_from(message: ConversationMessage) -> Self {
        Self {
            message: message.convert(),
        }
    }
}
