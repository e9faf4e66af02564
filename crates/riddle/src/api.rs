//! The server's API as the command line uses it.

use std::time::Duration;

use anyhow::Context;
use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

/// An error that the server answered, or that kept it from answering.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    /// The server's code, or `unreachable`.
    pub(crate) code: String,
    /// What the server says.
    pub(crate) message: String,
}

/// A running server.
#[derive(Clone)]
pub(crate) struct Api {
    base: String,
    key: Option<String>,
    client: reqwest::Client,
}

impl Api {
    pub(crate) fn new(base: String, key: Option<String>) -> anyhow::Result<Self> {
        // A proxy of the environment must not see requests to this machine.
        let client = riddle_client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .build();
        Ok(Self {
            base,
            key,
            client: client.context("cannot make an HTTP client")?,
        })
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.json(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.json(self.request(Method::PATCH, path).json(body))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, path))
            .await
            .map(|_response| ())
    }

    /// Uploads one file, streamed from disk.
    pub(crate) async fn upload(
        &self,
        path: &str,
        name: &str,
        file: tokio::fs::File,
        metadata: &Value,
    ) -> anyhow::Result<Value> {
        let length = file.metadata().await?.len();
        let part = reqwest::multipart::Part::stream_with_length(reqwest::Body::from(file), length);
        let form = reqwest::multipart::Form::new()
            .text("metadata", metadata.to_string())
            .part("file", part.file_name(name.to_owned()));
        self.json(self.request(Method::POST, path).multipart(form))
            .await
    }

    /// Posts and hands each server-sent event to `on_event` as it comes.
    pub(crate) async fn events(
        &self,
        path: &str,
        body: &Value,
        mut on_event: impl FnMut(&str, Value) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let request = self
            .request(Method::POST, path)
            .header("accept", "text/event-stream")
            .json(body);
        let response = self.send(request).await?;
        let mut bytes = response.bytes_stream();
        let mut buffer = Vec::new();
        while let Some(chunk) = bytes.next().await {
            buffer.extend_from_slice(&chunk.context("the server ended the answer early")?);
            while let Some(end) = find_event_end(&buffer) {
                let event: Vec<u8> = buffer.drain(..end).collect();
                if let Some((name, data)) = parse_event(&String::from_utf8_lossy(&event))? {
                    on_event(&name, data)?;
                }
            }
        }
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    async fn json(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let response = self.send(request).await?;
        response
            .json()
            .await
            .context("the server's answer is not JSON")
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.map_err(|error| ApiError {
            code: "unreachable".to_owned(),
            message: format!(
                "the server at {} does not answer: {}",
                self.base,
                root_cause(&error)
            ),
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body: Value = response.json().await.unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let code = text("code").unwrap_or_else(|| status.as_str().to_owned());
        let message = text("message").unwrap_or_else(|| format!("the server answered {status}"));
        Err(ApiError { code, message }.into())
    }
}

/// A path segment as it must stand in an address.
pub(crate) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn find_event_end(buffer: &[u8]) -> Option<usize> {
    buffer
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .map(|place| place + 2)
}

fn parse_event(text: &str) -> anyhow::Result<Option<(String, Value)>> {
    let mut name = "message";
    let mut data = String::new();
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("event:") {
            name = value.trim();
        } else if let Some(value) = line.strip_prefix("data:") {
            data.push_str(value.strip_prefix(' ').unwrap_or(value));
        }
    }
    if data.is_empty() {
        return Ok(None);
    }
    let data = serde_json::from_str(&data).context("an event of the server is not JSON")?;
    Ok(Some((name.to_owned(), data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_and_comments_are_not() {
        let event = parse_event("event: token\ndata: {\"text\":\"a\"}\n\n").expect("is valid");
        assert_eq!(
            event,
            Some(("token".to_owned(), serde_json::json!({"text": "a"})))
        );
        assert_eq!(parse_event(": heartbeat\n\n").expect("is valid"), None);
    }

    #[test]
    fn segments_cannot_leave_their_place() {
        assert_eq!(segment("a/../b?c"), "a%2F..%2Fb%3Fc");
        assert_eq!(segment("手册"), "%E6%89%8B%E5%86%8C");
    }
}
