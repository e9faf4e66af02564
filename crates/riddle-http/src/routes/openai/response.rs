use riddle_api::{CitationDto, ContextDto, NoticeDto, RerankDto, TimingsDto, UsageDto};
use riddle_core::{Answer, Clock, Notice};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::dto::{Convert, notices};

/// A finished chat completion.
#[derive(Serialize, ToSchema)]
pub(super) struct ChatCompletionDto {
    #[schema(example = "chatcmpl-0197c0de7a1b7c3d9e5f001122334455")]
    id: String,
    /// Always `chat.completion`.
    object: &'static str,
    /// Seconds since the Unix epoch.
    created: u64,
    #[schema(example = "riddle/handbook")]
    model: String,
    choices: Vec<ChoiceDto>,
    usage: UsageDto,
}

/// The one answer.
#[derive(Serialize, ToSchema)]
pub(super) struct ChoiceDto {
    index: u32,
    message: AssistantMessageDto,
    /// `stop`, `length` where the bound on tokens cut the answer, or `content_filter` where it ends because it began to
    /// repeat Riddle's instructions.
    finish_reason: &'static str,
    /// Always null.
    logprobs: Option<Value>,
}

/// The answer as a message.
#[derive(Serialize, ToSchema)]
pub(super) struct AssistantMessageDto {
    /// Always `assistant`.
    role: &'static str,
    /// The text, with `[n]` citations.
    content: String,
    /// Always null.
    refusal: Option<String>,
    riddle: RiddleDto,
}

/// What Riddle knows about an answer beyond its text.
#[derive(Serialize, ToSchema)]
pub(super) struct RiddleDto {
    /// `generated` or `extractive`.
    mode: &'static str,
    /// The model that wrote the answer, or `extractive`.
    answered_by: String,
    /// Whether the sources hold an answer at all.
    found: bool,
    citations: Vec<CitationDto>,
    contexts: Vec<ContextDto>,
    notices: Vec<NoticeDto>,
    rerank: RerankDto,
    timings: TimingsDto,
}

/// What all parts of one completion share.
#[derive(Clone)]
pub(super) struct Completion {
    pub(super) id: String,
    /// Seconds since the Unix epoch.
    pub(super) created: u64,
    /// The model as the client named it.
    pub(super) model: String,
}

impl Completion {
    pub(super) fn new(model: String, clock: &dyn Clock) -> Self {
        Self {
            id: format!("chatcmpl-{}", clock.new_id().simple()),
            created: u64::try_from(clock.now().0 / 1_000).unwrap_or(0),
            model,
        }
    }

    pub(super) fn finished(self, answer: Answer) -> ChatCompletionDto {
        let usage = answer.usage.convert();
        let finish_reason = finish_reason(&answer);
        let content = answer.text.clone();
        let message = AssistantMessageDto {
            role: "assistant",
            content,
            refusal: None,
            riddle: answer.into(),
        };
        ChatCompletionDto {
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: vec![ChoiceDto {
                index: 0,
                message,
                finish_reason,
                logprobs: None,
            }],
            usage,
        }
    }
}

impl From<Answer> for RiddleDto {
    fn from(answer: Answer) -> Self {
        Self {
            mode: answer.mode.as_str(),
            answered_by: answer.model,
            found: answer.found,
            citations: answer.citations.into_iter().map(Convert::convert).collect(),
            contexts: answer.contexts.into_iter().map(Convert::convert).collect(),
            notices: notices(answer.notices),
            rerank: answer.rerank.convert(),
            timings: answer.timings.convert(),
        }
    }
}

pub(super) fn finish_reason(answer: &Answer) -> &'static str {
    match answer.truncated {
        true => "length",
        false if answer.notices.contains(&Notice::InstructionsRemoved) => "content_filter",
        false => "stop",
    }
}
