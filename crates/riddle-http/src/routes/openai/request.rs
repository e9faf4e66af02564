use riddle_api::{FusionDto, RerankBody, RerankChoice};
use riddle_core::{AskRequest, ChatMessage, Role};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::MODEL_PREFIX;
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
    /// `riddle/` and the id or name of a knowledge base.
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
    /// 1 alone.
    n: Option<u32>,
    /// Refused where it asks for more than plain text.
    #[schema(value_type = Option<Object>)]
    response_format: Option<Value>,
    /// Refused where it forces a tool.
    #[schema(value_type = Option<Object>)]
    tool_choice: Option<Value>,
    /// Refused when true.
    logprobs: Option<bool>,
    /// Riddle's own settings.
    riddle: Option<RiddleSettings>,
}

/// One message.
#[derive(Deserialize, ToSchema)]
pub(super) struct Message {
    /// `system`, `developer`, `user` or `assistant`.
    role: String,
    /// A text, or a list of parts of type `text`.
    #[schema(value_type = Option<Object>)]
    content: Option<Value>,
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
    pub(super) knowledge_base: String,
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
        let knowledge_base = self
            .model
            .strip_prefix(MODEL_PREFIX)
            .filter(|name| !name.is_empty());
        let knowledge_base = knowledge_base
            .ok_or_else(|| {
                ApiError::invalid(
                    "model",
                    "must be `riddle/` and the id or name of a knowledge base",
                )
            })?
            .to_owned();
        let (question, history) = split(self.messages)?;
        let settings = self.riddle.unwrap_or_default();
        let (rerank, reranking) = rerank_options(settings.rerank);
        let include_usage = self
            .stream_options
            .and_then(|options| options.include_usage);
        Ok(ChatCompletion {
            knowledge_base,
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
        let choice = self.tool_choice.as_ref().filter(|choice| !choice.is_null());
        if choice.is_some_and(|choice| choice != "auto" && choice != "none") {
            return Err(ApiError::invalid(
                "tool_choice",
                "cannot force a tool: answers come from documents alone",
            ));
        }
        if self.logprobs == Some(true) {
            return Err(ApiError::invalid("logprobs", "are not available"));
        }
        Ok(())
    }
}

/// The question and what was said before it.
fn split(messages: Vec<Message>) -> Result<(String, Vec<ChatMessage>), ApiError> {
    let mut understood = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let role = match message.role.as_str() {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            _ => {
                let param = format!("messages[{index}].role");
                return Err(ApiError::invalid(
                    &param,
                    "must be system, developer, user or assistant",
                ));
            }
        };
        let content = text_of(message.content, role, index)?;
        understood.push(ChatMessage { role, content });
    }
    match understood.pop() {
        Some(ChatMessage {
            role: Role::User,
            content,
        }) => Ok((content, understood)),
        _ => Err(ApiError::invalid(
            "messages",
            "must end with a message of the user: it is the question",
        )),
    }
}

fn text_of(content: Option<Value>, role: Role, index: usize) -> Result<String, ApiError> {
    let param = format!("messages[{index}].content");
    match content {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Array(parts)) => {
            let texts: Option<Vec<&str>> = parts.iter().map(text_part).collect();
            texts
                .map(|texts| texts.join("\n"))
                .ok_or_else(|| ApiError::invalid(&param, "may hold parts of type `text` only"))
        }
        None | Some(Value::Null) if role == Role::Assistant => Ok(String::new()),
        _ => Err(ApiError::invalid(
            &param,
            "must be a text or a list of text parts",
        )),
    }
}

fn text_part(part: &Value) -> Option<&str> {
    if part.get("type")? != "text" {
        return None;
    }
    part.get("text")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        assert_eq!(understood.knowledge_base, "hand book");
        assert_eq!(understood.ask.question, "Which\nport?");
        assert_eq!(understood.ask.history.len(), 3);
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
            (json!({"model": "gpt-4o", "messages": user}), "model"),
            (json!({"model": "riddle/", "messages": user}), "model"),
            (json!({"model": "riddle/a", "messages": user, "n": 2}), "n"),
            (json!({"model": "riddle/a", "messages": []}), "messages"),
            (
                json!({"model": "riddle/a", "messages": [{"role": "assistant", "content": "Hi"}]}),
                "messages",
            ),
            (
                json!({"model": "riddle/a", "messages": [{"role": "tool", "content": "Hi"}]}),
                "messages[0].role",
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
