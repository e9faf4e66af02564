//! A small HTTP server that answers as a test tells it, byte by byte where that matters.

use std::time::Duration;

use futures_util::StreamExt;
use riddle_client::ApiKey;
use riddle_core::{ChatDelta, ChatError, ChatMessage, ChatRequest, ChatStream, Role};
use riddle_llm::{OpenAiCompatible, OpenAiOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server for one request at a time.
pub(crate) struct Server {
    listener: TcpListener,
}

/// A request that waits for its answer.
pub(crate) struct Exchange {
    pub(crate) head: String,
    pub(crate) body: serde_json::Value,
    socket: TcpStream,
}

impl Server {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Self { listener })
    }

    pub(crate) fn options(&self) -> anyhow::Result<OpenAiOptions> {
        Ok(OpenAiOptions {
            base_url: format!("http://{}/v1", self.listener.local_addr()?),
            model: Some("qwen3:0.6b".to_owned()),
            api_key: Some(ApiKey::new("sk-secret")),
            context_tokens: 4096,
            read_timeout: Duration::from_secs(30),
            thinking_switch: false,
        })
    }

    pub(crate) fn client(&self) -> anyhow::Result<OpenAiCompatible> {
        Ok(OpenAiCompatible::new(self.options()?)?)
    }

    /// Takes the next request whole.
    pub(crate) async fn accept(&self) -> anyhow::Result<Exchange> {
        let (mut socket, _) = self.listener.accept().await?;
        socket.set_nodelay(true)?;
        let mut bytes = Vec::new();
        let head_length = loop {
            anyhow::ensure!(socket.read_buf(&mut bytes).await? > 0, "no request");
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8(bytes[..head_length].to_vec())?.to_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(Ok(0), str::parse)?;
        while bytes.len() < head_length + length {
            anyhow::ensure!(socket.read_buf(&mut bytes).await? > 0, "half a request");
        }
        let body = match &bytes[head_length..] {
            [] => serde_json::Value::Null,
            body => serde_json::from_slice(body)?,
        };
        Ok(Exchange { head, body, socket })
    }
}

impl Exchange {
    /// Begins an event stream whose end is the end of the connection.
    pub(crate) async fn begin(&mut self) -> anyhow::Result<()> {
        self.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            .await
    }

    pub(crate) async fn send(&mut self, text: &str) -> anyhow::Result<()> {
        self.send_bytes(text.as_bytes()).await
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.socket.write_all(bytes).await?;
        self.socket.flush().await?;
        Ok(())
    }

    /// Answers with a status and a body, and ends.
    pub(crate) async fn answer(mut self, status: &str, body: &str) -> anyhow::Result<()> {
        let length = body.len();
        self.send(&format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nLocation: http://127.0.0.1:1/v1\r\nConnection: close\r\n\r\n{body}"
        ))
        .await
    }

    /// Waits until the client has closed the connection.
    pub(crate) async fn closed(mut self) -> bool {
        let mut byte = [0];
        // An error is a reset, which is a way to close as well.
        !matches!(self.socket.read(&mut byte).await, Ok(1..))
    }
}

/// An event with a piece of text.
pub(crate) fn text_event(text: &str) -> String {
    let content = serde_json::Value::from(text);
    format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{content}}},\"finish_reason\":null}}]}}\n\n"
    )
}

pub(crate) fn question(content: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![
            ChatMessage {
                role: Role::System,
                content: "Be brief.".to_owned(),
            },
            ChatMessage {
                role: Role::User,
                content: content.to_owned(),
            },
        ],
        max_tokens: 64,
        temperature: 0.0,
        seed: Some(7),
        thinking: false,
    }
}

/// Everything that a stream yields.
pub(crate) async fn collect(stream: ChatStream) -> Vec<Result<ChatDelta, ChatError>> {
    stream.collect().await
}
