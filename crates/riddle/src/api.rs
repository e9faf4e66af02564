//! The server's API as the command line uses it.

use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context, ensure};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response};
use riddle_api::ErrorBody;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sse_core::{SseDecoder, SseEvent};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Bytes that an event may have, far above what any answer has.
const EVENT_LIMIT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(64 << 20);

/// The server's code for a key that is missing or another.
const UNAUTHORIZED: &str = "unauthorized";
/// Bytes that an answer may have, above what any export has, so that a server that never ends takes no memory without
/// end.
const ANSWER_LIMIT: usize = 512 << 20;
/// Bytes that an error may have.
const ERROR_LIMIT: usize = 1 << 20;

/// What is escaped in a segment of a path: all but the characters that RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An error that the server answered, or that kept it from answering.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    /// The server's code, or `unreachable`.
    pub(crate) code: String,
    /// What the server says.
    pub(crate) message: String,
}

impl ApiError {
    /// An error in what the user has given, in the form of the server's own.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: "invalid_request".to_owned(),
            message: message.into(),
        }
    }
}

/// A file to send.
pub(crate) struct Upload<'a> {
    pub(crate) name: &'a str,
    pub(crate) file: tokio::fs::File,
    pub(crate) bytes: u64,
    pub(crate) metadata: &'a Value,
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
        // Neither a proxy of the environment nor another server may see requests to this machine.
        let client = riddle_client::model_server()
            .connect_timeout(Duration::from_secs(5))
            .build();
        Ok(Self {
            base,
            key,
            client: client.context("cannot make an HTTP client")?,
        })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.json(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.json(self.request(Method::PATCH, path).json(body))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, path))
            .await
            .map(|_response| ())
    }

    /// Uploads one file, streamed from disk.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        upload: Upload<'_>,
    ) -> anyhow::Result<T> {
        // A file that grows meanwhile must not outgrow the length that was announced.
        let pieces = ReaderStream::new(upload.file.take(upload.bytes));
        let body = reqwest::Body::wrap_stream(pieces);
        let part = reqwest::multipart::Part::stream_with_length(body, upload.bytes);
        let form = reqwest::multipart::Form::new()
            .text("metadata", upload.metadata.to_string())
            .part("file", part.file_name(upload.name.to_owned()));
        self.json(self.request(Method::POST, path).multipart(form))
            .await
    }

    /// Posts and hands each server-sent event to `on_event` as it comes.
    pub(crate) async fn events(
        &self,
        path: &str,
        body: &impl Serialize,
        mut on_event: impl FnMut(&str, Value) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let request = self
            .request(Method::POST, path)
            .header("accept", "text/event-stream")
            .json(body);
        let mut response = self.send(request).await?;
        let mut decoder = SseDecoder::with_limit(EVENT_LIMIT);
        while let Some(mut bytes) = response
            .chunk()
            .await
            .context("the server ended the answer early")?
        {
            while let Some(event) = decoder.next(&mut bytes) {
                if let SseEvent::Message(message) = event? {
                    let data = serde_json::from_str(&message.data);
                    on_event(
                        &message.event,
                        data.context("an event of the server is not JSON")?,
                    )?;
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

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let response = self.send(request).await?;
        let answer = read(response, ANSWER_LIMIT).await?;
        let value = serde_json::from_slice(&answer).context("the server's answer is not JSON")?;
        typed(value)
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
        // Empty where something between the server and here has answered.
        let body = read(response, ERROR_LIMIT).await.unwrap_or_default();
        let ErrorFields { code, message } = serde_json::from_slice(&body).unwrap_or_default();
        let code = code.unwrap_or_else(|| status.as_str().to_owned());
        let message = match message {
            _ if code == UNAUTHORIZED => self.without_key(),
            Some(message) => message,
            None => format!("the server answered {status}"),
        };
        Err(ApiError { code, message }.into())
    }

    /// What is said where the server lets nobody in without its key: how a command is given one.
    fn without_key(&self) -> String {
        let begin = match self.key {
            Some(_) => "refuses the API key that it was given; name the file that has its key",
            None => "needs its API key; name the file that has it",
        };
        format!(
            "the server at {} {begin} with --api-key-file, or give the key in RIDDLE_API_KEY",
            self.base
        )
    }
}

/// A whole body of so many bytes at most.
async fn read(mut response: Response, most: usize) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.context("the server ended its answer early")? else {
            return Ok(body);
        };
        ensure!(
            body.len() + chunk.len() <= most,
            "the server's answer has more than {} MiB",
            most >> 20
        );
        body.extend_from_slice(&chunk);
    }
}

/// The fields that errors of all routes have. Those in the shape of other tools have no code.
#[derive(Default, Deserialize)]
struct ErrorFields {
    code: Option<String>,
    message: Option<String>,
}

/// An answer as the type that this version knows.
pub(crate) fn typed<T: DeserializeOwned>(answer: Value) -> anyhow::Result<T> {
    serde_json::from_value(answer).context(
        "the server's answer is not what this version reads; use a server of the same version",
    )
}

/// The error that an event of the server tells of.
pub(crate) fn sent_error(data: Value) -> anyhow::Error {
    match typed(data) {
        Ok(ErrorBody { code, message, .. }) => ApiError { code, message }.into(),
        Err(unread) => unread,
    }
}

/// A path segment as it must stand in an address.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// A server that answers one request like this, and the API at it.
    pub(crate) fn answering(answer: Vec<u8>) -> Api {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        // Ends with its client.
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request);
            // The client may have gone, as it should.
            let _ = stream.write_all(&answer);
        });
        Api::new(format!("http://{address}"), None).expect("a client")
    }

    #[tokio::test]
    async fn an_answer_has_an_end_and_comes_from_the_server_that_was_asked() {
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        for (body, fits) in [(ERROR_LIMIT, true), (ERROR_LIMIT + 1, false)] {
            let api = answering([head.clone(), vec![b' '; body]].concat());
            let response = api.send(api.request(Method::GET, "/")).await;
            let read = read(response.expect("an answer"), ERROR_LIMIT).await;
            assert_eq!(read.is_ok(), fits, "{body}");
        }
        let elsewhere =
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let api = answering(elsewhere.to_vec());
        let error = api.get::<Value>("/").await.expect_err("it is not followed");
        assert!(error.to_string().contains("answered 302"), "{error}");
    }

    #[test]
    fn segments_cannot_leave_their_place() {
        assert_eq!(segment("a/../b?c"), "a%2F..%2Fb%3Fc");
        assert_eq!(segment("手册"), "%E6%89%8B%E5%86%8C");
        assert_eq!(segment("a-b_c.d~e 9"), "a-b_c.d~e%209");
    }
}
