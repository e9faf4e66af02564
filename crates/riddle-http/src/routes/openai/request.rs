use riddle_api::{FusionDto, RerankBody, RerankChoice};
use riddle_core::AskRequest;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::messages::{Message, split};
use super::stop::stop_strings;
use crate::bounds::MAX_MODALITIES;
use crate::dto::{Convert, query_filter, rerank_options};
use crate::error::ApiError;
use crate::extract::Reranks;

/// A chat to continue. Fields that are not named here are ignored.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "riddle/handbook",
    "messages": [{"role": "user", "content": "Which port does the server listen on?"}],
    "stream": false
}))]
pub(super) struct ChatCompletionBody {
    /// `riddle/` and the id or name of a knowledge base, or an alias of the configuration.
    pub(super) model: String,
    /// The last one must be the user's: it is the question, the others are its history.
    messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    max_tokens: Option<u32>,
    /// Takes precedence over `max_tokens`.
    max_completion_tokens: Option<u32>,
    temperature: Option<f32>,
    /// A text, or up to four of them, that ends the answer where it comes to one; it is no part of the answer.
    #[schema(value_type = Option<Object>)]
    stop: Option<Value>,
    /// 1 alone.
    n: Option<u32>,
    /// Refused where it asks for more than plain text.
    #[schema(value_type = Option<Object>)]
    response_format: Option<Value>,
    /// Refused where it forces a tool.
    #[schema(value_type = Option<Object>)]
    tool_choice: Option<Value>,
    /// Refused where it forces a function.
    #[schema(value_type = Option<Object>)]
    function_call: Option<Value>,
    /// Refused when true.
    logprobs: Option<bool>,
    /// Refused where it asks for more than text.
    modalities: Option<Vec<String>>,
    /// Riddle's own settings.
    riddle: Option<RiddleSettings>,
}

/// What a stream holds besides text.
#[derive(Deserialize, ToSchema)]
pub(super) struct StreamOptions {
    /// Whether a last chunk tells the tokens used.
    include_usage: Option<bool>,
}

/// How to retrieve; what is left out takes the knowledge base's setting.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RiddleSettings {
    top_k: Option<u32>,
    top_n: Option<u32>,
    /// How the hits of both retrievers become one list.
    fusion: Option<FusionDto>,
    /// Whether to rerank, and how.
    #[schema(value_type = Option<RerankChoice>)]
    rerank: Option<RerankBody>,
    /// The language model that answers; `extractive` quotes the sources.
    #[schema(max_length = 200)]
    chat_model: Option<String>,
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
}

/// A request that has been understood.
#[derive(Debug, PartialEq)]
pub(super) struct ChatCompletion {
    pub(super) ask: AskRequest,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
}

impl Reranks for ChatCompletionBody {
    const WITHIN: Option<&'static str> = Some("riddle");
}

impl ChatCompletionBody {
    pub(super) fn understand(self) -> Result<ChatCompletion, ApiError> {
        self.refuse_what_would_change_the_meaning()?;
        let (question, history) = split(self.messages)?;
        let settings = self.riddle.unwrap_or_default();
        let (rerank, reranking) = rerank_options(settings.rerank);
        let include_usage = self
            .stream_options
            .and_then(|options| options.include_usage);
        Ok(ChatCompletion {
            ask: AskRequest {
                question,
                top_k: settings.top_k,
                top_n: settings.top_n,
                fusion: settings.fusion.map(Convert::convert),
                rerank,
                reranking,
                chat_model: settings.chat_model,
                filter: query_filter(settings.filter)?,
                max_tokens: self.max_completion_tokens.or(self.max_tokens),
                temperature: self.temperature,
                stop: stop_strings(self.stop)?,
                history,
            },
            stream: self.stream.unwrap_or(false),
            include_usage: include_usage.unwrap_or(false),
        })
    }

    fn refuse_what_would_change_the_meaning(&self) -> Result<(), ApiError> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(ApiError::invalid("n", "must be 1: one answer per request"));
        }
        let format = self
            .response_format
            .as_ref()
            .and_then(|format| format.get("type"));
        if format.is_some_and(|kind| kind != "text") {
            return Err(ApiError::invalid(
                "response_format",
                "must be of type `text`: answers are prose with citations",
            ));
        }
        let choices = [
            ("tool_choice", &self.tool_choice),
            ("function_call", &self.function_call),
        ];
        for (field, choice) in choices {
            let choice = choice.as_ref().filter(|choice| !choice.is_null());
            if choice.is_some_and(|choice| choice != "auto" && choice != "none") {
                return Err(ApiError::invalid(
                    field,
                    "cannot force a tool: answers come from documents alone",
                ));
            }
        }
        let mut modalities = self.modalities.iter().flatten();
        if self
            .modalities
            .as_ref()
            .is_some_and(|all| all.len() > MAX_MODALITIES)
            || modalities.any(|modality| modality != "text")
        {
            return Err(ApiError::invalid("modalities", "may hold `text` alone"));
        }
        if self.logprobs == Some(true) {
            return Err(ApiError::invalid("logprobs", "are not available"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use riddle_core::Role;
    use serde_json::json;

    use super::*;

    fn understand(body: Value) -> Result<ChatCompletion, ApiError> {
        let body: ChatCompletionBody = serde_json::from_value(body).expect("the shape of a chat");
        body.understand()
    }

    #[test]
    fn the_last_message_is_the_question() {
        let understood = understand(json!({
            "model": "riddle/hand book",
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": null},
                {"role": "user", "content": [{"type": "text", "text": "Which"}, {"type": "text", "text": "port?"}]}
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_tokens": 5,
            "max_completion_tokens": 7,
            "top_p": 0.1,
            "user": "ignored",
            "riddle": {"top_n": 2, "rerank": {"enabled": false}}
        }))
        .expect("valid");
        assert_eq!(understood.ask.question, "Which\nport?");
        assert_eq!(understood.ask.history.len(), 2);
        assert_eq!(understood.ask.history[0].role, Role::System);
        assert_eq!(understood.ask.max_tokens, Some(7));
        assert_eq!(
            (understood.ask.top_n, understood.ask.rerank),
            (Some(2), Some(false))
        );
        assert!(understood.stream && understood.include_usage);
    }

    #[test]
    fn what_would_change_the_meaning_is_refused_by_name() {
        let user = json!([{"role": "user", "content": "Hi"}]);
        let cases = [
            (json!({"model": "riddle/a", "messages": user, "n": 2}), "n"),
            (json!({"model": "riddle/a", "messages": []}), "messages"),
            (
                json!({"model": "riddle/a", "messages": [{"role": "assistant", "content": "Hi"}]}),
                "messages",
            ),
            (
                json!({"model": "riddle/a", "messages": [{"role": "tool", "content": "Hi"}]}),
                "messages",
            ),
            (
                json!({"model": "riddle/a", "messages": [{"role": "narrator", "content": "Hi"}]}),
                "messages[0].role",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "function_call": {"name": "f"}}),
                "function_call",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "modalities": ["text", "audio"]}),
                "modalities",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "stop": 7}),
                "stop",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "stop": ["a", "b", "c", "d", "e"]}),
                "stop",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "stop": ["x".repeat(201)]}),
                "stop",
            ),
            (
                json!({"model": "riddle/a", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
                "messages[0].content",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "response_format": {"type": "json_object"}}),
                "response_format",
            ),
            (
                json!({"model": "riddle/a", "messages": user, "tool_choice": "required"}),
                "tool_choice",
            ),
        ];
        for (body, param) in cases {
            let error = understand(body.clone()).expect_err("refused");
            assert_eq!(error.param.as_deref(), Some(param), "{body}");
        }
    }
}
