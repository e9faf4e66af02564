//! The JSON of chat completions: what we send and what we read of the answer.

use riddle_core::{ChatRequest, Role};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    max_tokens: u32,
    temperature: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template_kwargs: Option<TemplateArguments>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct TemplateArguments {
    enable_thinking: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(model: &'a str, request: &'a ChatRequest, thinking_switch: bool) -> Self {
        Self {
            model,
            messages: request
                .messages
                .iter()
                .map(|message| Message {
                    role: match message.role {
                        Role::System => "system",
                        Role::User => "user",
                        Role::Assistant => "assistant",
                    },
                    content: &message.content,
                })
                .collect(),
            max_tokens: request.max_tokens,
            temperature: request.temperature,
            seed: request.seed,
            stream: true,
            stream_options: StreamOptions {
                include_usage: true,
            },
            chat_template_kwargs: thinking_switch.then_some(TemplateArguments {
                enable_thinking: request.thinking,
            }),
        }
    }
}

/// One event of the answer. Everything is optional because servers differ; what is unknown, such as
/// `reasoning_content`, is not read.
#[derive(Deserialize)]
pub(super) struct Chunk {
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Usage>,
    pub(super) timings: Option<Timings>,
    pub(super) error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    pub(super) delta: Option<Delta>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Delta {
    pub(super) content: Option<Content>,
}

/// Text, or the parts that some servers send: thinking in parts of its own.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
}

impl Content {
    /// The text without parts of other kinds.
    pub(super) fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts
                .into_iter()
                .filter(|part| part.kind == "text")
                .filter_map(|part| part.text)
                .collect(),
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub(super) prompt_tokens: u32,
    #[serde(default)]
    pub(super) completion_tokens: u32,
}

/// What llama-server adds.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Timings {
    pub(super) prompt_ms: Option<f64>,
    pub(super) predicted_ms: Option<f64>,
}
