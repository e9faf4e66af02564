//! Whole answers out of streams.

use futures_util::StreamExt;
use riddle_core::{
    ChatDelta, ChatError, ChatMessage, ChatRequest, ChatStream, ChatUsage, FinishReason, Role,
};

/// An answer read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) deltas: Vec<String>,
    pub(crate) finish: FinishReason,
    pub(crate) usage: ChatUsage,
}

pub(crate) async fn read(mut stream: ChatStream) -> Result<Answer, ChatError> {
    let mut deltas = Vec::new();
    let mut end = None;
    while let Some(delta) = stream.next().await {
        assert!(end.is_none(), "something follows the end");
        match delta? {
            ChatDelta::Text(text) => deltas.push(text),
            ChatDelta::Restart => deltas.clear(),
            ChatDelta::End { finish, usage } => end = Some((finish, usage)),
        }
    }
    assert!(end.is_some(), "the stream has no end");
    let (finish, usage) = end.unwrap_or((FinishReason::Stop, ChatUsage::default()));
    Ok(Answer {
        text: deltas.concat(),
        deltas,
        finish,
        usage,
    })
}

pub(crate) fn ask(question: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![
            message(Role::System, "Answer from the sources."),
            message(Role::User, question),
        ],
        max_tokens: 256,
        temperature: 0.0,
        seed: None,
        thinking: false,
    }
}

pub(crate) fn message(role: Role, content: &str) -> ChatMessage {
    ChatMessage {
        role,
        content: content.to_owned(),
    }
}
