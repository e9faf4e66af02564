use futures_util::StreamExt;
use riddle_core::{ChatDelta, ChatMessage, ChatModel, ChatRequest, Role};

use crate::error::EngineError;

/// What a language model writes to a prompt, the same each time.
pub(super) async fn write(
    chat: &dyn ChatModel,
    prompt: String,
    max_tokens: u32,
) -> Result<String, EngineError> {
    let mut stream = chat.chat(ChatRequest {
        messages: vec![ChatMessage {
            role: Role::User,
            content: prompt,
        }],
        max_tokens,
        temperature: 0.0,
        seed: None,
        thinking: false,
    });
    let mut written = String::new();
    while let Some(delta) = stream.next().await {
        match delta? {
            ChatDelta::Text(text) => written.push_str(&text),
            ChatDelta::Restart => written.clear(),
            ChatDelta::End { .. } => break,
        }
    }
    Ok(written)
}
