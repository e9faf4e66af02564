use std::pin::Pin;

use futures_core::Stream;

/// Who says a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One message of a chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChatMessage {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What a model is asked to continue.
#[derive(Clone, PartialEq, Debug)]
pub struct ChatRequest {
    /// The chat so far, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Upper bound of the answer in tokens.
    pub max_tokens: u32,
    /// 0 picks the likeliest token always.
    pub temperature: f32,
    /// The same seed gives the same answer to the same chat.
    pub seed: Option<u64>,
    /// Whether a thinking model may think aloud; off by default.
    pub thinking: bool,
}

/// A piece of an answer.
#[derive(Clone, PartialEq, Debug)]
pub enum ChatDelta {
    /// More text, never a broken character.
    Text(String),
    /// All text so far was thinking and is no part of the answer.
    Restart,
    /// The end; nothing follows.
    End {
        /// Why it ended.
        finish: FinishReason,
        /// What it took.
        usage: ChatUsage,
    },
}

/// Why an answer ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FinishReason {
    /// The model had finished.
    Stop,
    /// The bound on tokens was reached.
    Length,
}

/// What an answer took.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ChatUsage {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Tokens of the answer.
    pub completion_tokens: u32,
    /// Milliseconds until the prompt was read, where the engine tells.
    pub prefill_ms: Option<f64>,
    /// Milliseconds of writing, where the engine tells.
    pub decode_ms: Option<f64>,
    /// Milliseconds waiting for the model to be free.
    pub queue_ms: f64,
}

/// A model's answer as it comes. Dropping it stops the work.
pub type ChatStream = Pin<Box<dyn Stream<Item = Result<ChatDelta, ChatError>> + Send>>;

/// What a chat model is.
#[derive(Clone, PartialEq, Debug)]
pub struct ChatModelInfo {
    /// Catalogue name, or the name the server behind it knows.
    pub name: String,
    /// The engine: `llama.cpp`, `openai-compatible`.
    pub engine: String,
    /// Where it runs: `cpu`, `remote`.
    pub device: String,
    /// Tokens that prompt and answer share.
    pub context_tokens: u32,
}

/// A language model that continues a chat.
pub trait ChatModel: Send + Sync {
    /// What it is.
    fn info(&self) -> &ChatModelInfo;

    /// Tokens of `text`; an upper estimate where the tokenizer is elsewhere.
    fn count_tokens(&self, text: &str) -> usize;

    /// Starts an answer. Returns at once; errors come through the stream.
    fn chat(&self, request: ChatRequest) -> ChatStream;

    /// Whether it answers no more and has to be loaded again, because the thread that owned it has ended.
    fn has_ended(&self) -> bool {
        false
    }
}

/// A chat model that cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Prompt and answer do not fit.
    #[error(
        "the prompt has {prompt_tokens} tokens, the model holds {context_tokens}; ask for fewer passages or a shorter answer"
    )]
    PromptTooLong {
        /// Tokens of the prompt.
        prompt_tokens: u32,
        /// Tokens the model holds.
        context_tokens: u32,
    },
    /// Too many requests wait for the model.
    #[error("the language model is busy; try again in a moment")]
    Busy,
    /// The server behind the model cannot be reached or refuses.
    #[error("the language model server {message}")]
    Remote {
        /// What happened and what to do.
        message: String,
    },
    /// The model cannot be loaded, or failed while answering.
    #[error("the language model failed: {message}")]
    Failed {
        /// What the engine said and what to do.
        message: String,
    },
    /// The engine panicked; its log has the details.
    #[error("the language model met an internal error; ask again")]
    Panicked {
        /// What the panic said, for the log.
        panic: String,
    },
}

impl ChatError {
    /// A stable name for programs, such as `model_server_failed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PromptTooLong { .. } => "prompt_too_long",
            Self::Busy => "overloaded",
            Self::Remote { .. } => "model_server_failed",
            Self::Failed { .. } => "model_failed",
            Self::Panicked { .. } => "internal",
        }
    }
}
