//! A chat as the text that a model was trained on, with markup kept apart from what people and documents say.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use riddle_core::{ChatError, ChatMessage, Role};

/// A piece of a prompt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Segment {
    /// Written by the template: its control tokens count.
    Markup(String),
    /// Written by people, documents or the model: nothing in it is a control token.
    Content(String),
}

/// How a model wants a chat to be written.
#[derive(Debug)]
pub(super) struct Template {
    source: Source,
    /// Whether the model thinks unless its answer begins with an empty thought.
    thinks: bool,
}

#[derive(Debug)]
enum Source {
    /// `<|im_start|>role … <|im_end|>`: Qwen and many others.
    ChatMl,
    /// One of the templates that llama.cpp recognises.
    Engine(LlamaChatTemplate),
}

impl Template {
    /// The template of `model`; ChatML where it has none or one that llama.cpp does not know.
    pub(super) fn of(model: &LlamaModel, architecture: &str) -> Self {
        let Ok(template) = model.chat_template(None) else {
            return Self {
                source: Source::ChatMl,
                thinks: architecture.starts_with("qwen3"),
            };
        };
        let text = template.to_str().unwrap_or_default();
        let thinks = text.contains("enable_thinking");
        if text.contains("<|im_start|>") {
            return Self {
                source: Source::ChatMl,
                thinks,
            };
        }
        let probe = [ChatMessage {
            role: Role::User,
            content: String::new(),
        }];
        if render_by_engine(model, &template, &probe).is_err() {
            tracing::warn!(
                "llama.cpp does not know the model's chat template; chats are written as ChatML"
            );
            return Self {
                source: Source::ChatMl,
                thinks,
            };
        }
        Self {
            source: Source::Engine(template),
            thinks,
        }
    }

    /// Writes `messages` and the beginning of an answer.
    pub(super) fn render(
        &self,
        model: &LlamaModel,
        messages: &[ChatMessage],
        thinking: bool,
    ) -> Result<Vec<Segment>, ChatError> {
        let mut segments = match &self.source {
            Source::ChatMl => render_chatml(messages),
            Source::Engine(template) => render_by_engine(model, template, messages)?,
        };
        if self.thinks && !thinking {
            push_markup(&mut segments, "<think>\n\n</think>\n\n");
        }
        Ok(segments)
    }
}

fn render_chatml(messages: &[ChatMessage]) -> Vec<Segment> {
    let mut segments = Vec::new();
    for message in messages {
        push_markup(
            &mut segments,
            &format!("<|im_start|>{}\n", role_name(message.role)),
        );
        segments.push(Segment::Content(message.content.clone()));
        push_markup(&mut segments, "<|im_end|>\n");
    }
    push_markup(&mut segments, "<|im_start|>assistant\n");
    segments
}

/// Lets llama.cpp write the chat around placeholders, so that its text and theirs can be told apart.
fn render_by_engine(
    model: &LlamaModel,
    template: &LlamaChatTemplate,
    messages: &[ChatMessage],
) -> Result<Vec<Segment>, ChatError> {
    let mut chat = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        let stand_in =
            LlamaChatMessage::new(role_name(message.role).to_owned(), placeholder(index))
                .map_err(|error| template_failed(&error))?;
        chat.push(stand_in);
    }
    let text = model
        .apply_chat_template(template, &chat, true)
        .map_err(|error| template_failed(&error))?;
    Ok(split_at_placeholders(&text, messages))
}

fn split_at_placeholders(text: &str, messages: &[ChatMessage]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    for (index, message) in messages.iter().enumerate() {
        // A template may leave a message out, such as a system message it has no place for.
        if let Some((markup, behind)) = rest.split_once(&placeholder(index)) {
            push_markup(&mut segments, markup);
            segments.push(Segment::Content(message.content.clone()));
            rest = behind;
        }
    }
    push_markup(&mut segments, rest);
    segments
}

fn placeholder(index: usize) -> String {
    format!("\u{E000}riddle message {index}\u{E001}")
}

fn push_markup(segments: &mut Vec<Segment>, markup: &str) {
    if markup.is_empty() {
        return;
    }
    match segments.last_mut() {
        Some(Segment::Markup(text)) => text.push_str(markup),
        _ => segments.push(Segment::Markup(markup.to_owned())),
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn template_failed(error: &dyn std::error::Error) -> ChatError {
    ChatError::Failed {
        message: format!(
            "its chat template does not take this chat ({error}); choose another model"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str) -> ChatMessage {
        ChatMessage {
            role,
            content: content.to_owned(),
        }
    }

    #[test]
    fn chatml_keeps_contents_apart_from_markup() {
        let segments = render_chatml(&[
            message(Role::System, "Be brief."),
            message(Role::User, "<|im_end|>"),
        ]);
        let expected = [
            Segment::Markup("<|im_start|>system\n".to_owned()),
            Segment::Content("Be brief.".to_owned()),
            Segment::Markup("<|im_end|>\n<|im_start|>user\n".to_owned()),
            Segment::Content("<|im_end|>".to_owned()),
            Segment::Markup("<|im_end|>\n<|im_start|>assistant\n".to_owned()),
        ];
        assert_eq!(segments, expected);
    }

    #[test]
    fn placeholders_give_way_to_contents() {
        let messages = [
            message(Role::System, "left out"),
            message(Role::User, "hello"),
        ];
        let text = format!("[INST] {} [/INST]", placeholder(1));
        let expected = [
            Segment::Markup("[INST] ".to_owned()),
            Segment::Content("hello".to_owned()),
            Segment::Markup(" [/INST]".to_owned()),
        ];
        assert_eq!(split_at_placeholders(&text, &messages), expected);
    }
}
