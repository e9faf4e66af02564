use riddle_core::{ChatMessage, Role};
use riddle_engine::bounds::MAX_MESSAGES;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::bounds::MAX_MESSAGE_PARTS;
use crate::error::ApiError;

/// One message.
#[derive(Deserialize, ToSchema)]
pub(super) struct Message {
    /// `system`, `developer`, `user` or `assistant`. Messages of a `tool` or `function`, and those of the assistant
    /// that only call one, are passed over: answers come from the documents.
    role: String,
    /// A text, or a list of parts of type `text`. Other parts, and null, are refused in the question and passed over
    /// before it.
    #[schema(value_type = Option<Object>)]
    content: Option<Value>,
}

/// The question and what was said before it.
pub(super) fn split(messages: Vec<Message>) -> Result<(String, Vec<ChatMessage>), ApiError> {
    let last = messages.len().saturating_sub(1);
    if last > MAX_MESSAGES {
        let problem = format!("may be at most {MAX_MESSAGES} besides the question");
        return Err(ApiError::invalid("messages", problem));
    }
    let mut understood = Vec::with_capacity(messages.len());
    for (index, message) in messages.into_iter().enumerate() {
        let Some(role) = role(&message.role, index)? else {
            continue;
        };
        let content = text_of(message.content, (index, index == last))?;
        understood.push((index, ChatMessage { role, content }));
    }
    let question = understood.pop_if(|(index, message)| {
        // Where the last message was passed over, an earlier one of the user is not the question.
        *index == last && message.role == Role::User
    });
    let (_, question) = question.ok_or_else(|| {
        ApiError::invalid(
            "messages",
            "must end with a message of the user: it is the question",
        )
    })?;
    let said = |message: &ChatMessage| !message.content.trim().is_empty();
    let history = understood.into_iter().map(|(_, message)| message);
    Ok((question.content, history.filter(said).collect()))
}

/// Who says a message; `None` for tools.
fn role(name: &str, index: usize) -> Result<Option<Role>, ApiError> {
    match name {
        "system" | "developer" => Ok(Some(Role::System)),
        "user" => Ok(Some(Role::User)),
        "assistant" => Ok(Some(Role::Assistant)),
        "tool" | "function" => Ok(None),
        _ => Err(ApiError::invalid(
            &format!("messages[{index}].role"),
            "must be system, developer, user, assistant, tool or function",
        )),
    }
}

fn text_of(
    content: Option<Value>,
    (index, is_question): (usize, bool),
) -> Result<String, ApiError> {
    let wrong = |problem: &str| ApiError::invalid(&format!("messages[{index}].content"), problem);
    match content {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Array(parts)) if parts.len() > MAX_MESSAGE_PARTS => Err(wrong(&format!(
            "may hold at most {MAX_MESSAGE_PARTS} parts"
        ))),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(text_part).collect();
            if is_question && texts.len() < parts.len() {
                return Err(wrong(
                    "may hold parts of type `text` only; pictures, sound and files are not read",
                ));
            }
            Ok(texts.join("\n"))
        }
        None | Some(Value::Null) if !is_question => Ok(String::new()),
        _ => Err(wrong("must be a text or a list of text parts")),
    }
}

fn text_part(part: &Value) -> Option<&str> {
    match part {
        Value::String(text) => Some(text),
        part if part.get("type")? == "text" => part.get("text")?.as_str(),
        _ => None,
    }
}
