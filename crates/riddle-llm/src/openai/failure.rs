//! Failures of a remote server, each with what to do about it.

use reqwest::{Response, StatusCode};
use riddle_core::ChatError;

use super::options::OpenAiOptions;

/// Bytes of an error body that are looked at.
const BODY_LIMIT: usize = 64 << 10;

/// Failures to connect, to send and to read.
pub(super) fn transport(error: &reqwest::Error, options: &OpenAiOptions) -> ChatError {
    let cause = riddle_client::cause(error);
    tracing::warn!(model.name = %options.name(), error = cause, "the language model server cannot be reached");
    if error.is_timeout() && !error.is_connect() {
        return remote(format!(
            "was silent for {} s; it may be overloaded or loading its model, try again or raise the timeout",
            options.read_timeout.as_secs_f64()
        ));
    }
    if error.is_connect() {
        return remote(
            "cannot be reached; check that it is running and that its base URL is right",
        );
    }
    remote("broke the connection; try again, and see its log if that goes on")
}

/// An answer that is not a success.
pub(super) async fn status(
    response: Response,
    options: &OpenAiOptions,
    prompt_tokens: usize,
) -> ChatError {
    let status = response.status();
    let body = body_start(response).await;
    tracing::warn!(
        model.name = %options.name(),
        http.status = status.as_u16(),
        error.code = error_code(&body),
        "the language model server refused a request"
    );
    let code = status.as_u16();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => remote(format!(
            "refused the API key ({code}); check the key in the configuration"
        )),
        StatusCode::NOT_FOUND => remote(format!(
            "does not know the model {:?} or the address ({code}); check the model name and that the base URL ends in its version, such as /v1",
            options.name()
        )),
        StatusCode::TOO_MANY_REQUESTS => ChatError::Busy,
        StatusCode::SERVICE_UNAVAILABLE => remote(format!(
            "is not ready ({code}); it may be loading its model, try again in a moment"
        )),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE if is_too_long(&body) => {
            ChatError::PromptTooLong {
                prompt_tokens: u32::try_from(prompt_tokens).unwrap_or(u32::MAX),
                context_tokens: options.context_tokens,
            }
        }
        _ if status.is_redirection() => remote(format!(
            "redirects elsewhere ({code}), which is not followed; set the base URL to its final address"
        )),
        _ if status.is_server_error() => remote(format!(
            "failed ({code}); try again, and see its log if that goes on"
        )),
        _ => remote(format!(
            "refused the request ({code}); check that it offers OpenAI's chat completions with streaming"
        )),
    }
}

/// An error that the server reports after it has begun to answer.
pub(super) fn in_stream(error: &serde_json::Value, options: &OpenAiOptions) -> ChatError {
    tracing::warn!(
        model.name = %options.name(),
        error.code = code_of(error),
        "the language model server failed while answering"
    );
    remote("failed while answering; try again, and see its log if that goes on")
}

pub(super) fn remote(message: impl Into<String>) -> ChatError {
    ChatError::Remote {
        message: message.into(),
    }
}

async fn body_start(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < BODY_LIMIT {
        // A body that breaks off only explains less.
        let Ok(Some(bytes)) = response.chunk().await else {
            break;
        };
        body.extend_from_slice(&bytes);
    }
    body
}

/// The server's own name of the error. Its message is left out: it may quote the prompt.
fn error_code(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    code_of(body.get("error")?)
}

fn code_of(error: &serde_json::Value) -> Option<String> {
    let code = ["code", "type"]
        .iter()
        .filter_map(|&field| error.get(field))
        .find(|value| !value.is_null())?;
    Some(code.to_string().chars().take(80).collect())
}

fn is_too_long(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    [
        "context_length_exceeded",
        "maximum context length",
        "exceed_context_size",
        "exceeds the available context size",
    ]
    .iter()
    .any(|sign| body.contains(sign))
}
