//! What a remote chat model needs to be told.

use std::time::Duration;

use reqwest::Url;
use riddle_client::ApiKey;
use riddle_core::ChatError;

/// A remote chat model and how to talk to it.
#[derive(Clone, Debug)]
pub struct OpenAiOptions {
    /// Address up to and with the version, such as `http://127.0.0.1:11434/v1`.
    pub base_url: String,
    /// Name that the server knows the model by; without one, the only model that it lists.
    pub model: Option<String>,
    /// Sent as bearer token; local servers mostly need none.
    pub api_key: Option<ApiKey>,
    /// Tokens that prompt and answer share on that server.
    pub context_tokens: u32,
    /// Longest silence of the server, from sending the prompt to its first byte and between any two after that.
    pub read_timeout: Duration,
    /// Whether to send `chat_template_kwargs: {enable_thinking}`, which vLLM and llama-server understand and strict
    /// hosted servers refuse.
    pub thinking_switch: bool,
}

/// What a model is called that is known by its server alone.
pub const UNNAMED: &str = "default";

impl OpenAiOptions {
    /// What people see.
    pub(super) fn name(&self) -> &str {
        self.model.as_deref().unwrap_or(UNNAMED)
    }
}

/// The address of chat completions below `base_url`.
pub(super) fn completions_url(base_url: &str) -> Result<Url, ChatError> {
    below(base_url, "chat/completions")
}

/// The address of the list of models below `base_url`.
pub(super) fn models_url(base_url: &str) -> Result<Url, ChatError> {
    below(base_url, "models")
}

fn below(base_url: &str, path: &str) -> Result<Url, ChatError> {
    riddle_client::address(base_url, path).map_err(|why| ChatError::Failed {
        message: format!(
            "the base URL of the language model server {why}; give one like http://127.0.0.1:11434/v1"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_meant_are_refused() {
        for base in [
            "localhost:8000/v1",
            "ftp://host/v1",
            "http://user:secret@host/v1",
            "http://host/v1?key=secret",
            "",
        ] {
            let error = completions_url(base).unwrap_err().to_string();
            assert!(
                error.contains("http://127.0.0.1:11434/v1"),
                "{base}: {error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
