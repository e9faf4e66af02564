//! A small hub over TCP whose answers a test decides upon.

#![expect(
    clippy::expect_used,
    reason = "a test that gets no port fails by panicking"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a client sent, header names in lower case.
#[derive(Clone, Debug)]
pub struct Request {
    /// With its query, as it was asked for.
    pub path: String,
    /// The last one of each name.
    pub headers: HashMap<String, String>,
}

/// What it gets.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Of HTTP.
    pub status: u16,
    /// Besides those of the connection and the length.
    pub headers: Vec<(&'static str, String)>,
    /// All of it, whatever of it is sent.
    pub body: Vec<u8>,
    /// Sends this much of the body, then drops the connection.
    pub drop_after: Option<usize>,
    /// Sends this much of the body, then keeps the connection open in silence.
    pub stall_after: Option<usize>,
}

type Answering = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// A server on a free port of this machine; gone when dropped.
pub struct Hub {
    /// With the scheme, without a path.
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Hub {
    /// Answers each request by `answer`, which also gets the number of requests before it.
    pub async fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let answer: Arc<Answering> = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone(), seen.clone()));
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// What was asked for so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Reply {
    /// Nothing but a status.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// To another address.
    pub fn redirect(to: String) -> Self {
        Self::status(302).with("location", to)
    }

    /// And this header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The file as a hub gives it: whole, or from where the client wants it if its tag still fits.
    pub fn file(request: &Request, content: &[u8], tag: &str) -> Self {
        let reply = Self::status(200).with("etag", format!("\"{tag}\""));
        let start = request
            .headers
            .get("range")
            .and_then(|range| {
                range
                    .strip_prefix("bytes=")?
                    .strip_suffix('-')?
                    .parse()
                    .ok()
            })
            .filter(|_| request.headers.get("if-range") == Some(&format!("\"{tag}\"")));
        match start {
            Some(start) if start >= content.len() => {
                Self::status(416).with("content-range", format!("bytes */{}", content.len()))
            }
            Some(start) => Self {
                status: 206,
                body: content[start..].to_vec(),
                ..reply
            }
            .with(
                "content-range",
                format!("bytes {start}-{}/{}", content.len() - 1, content.len()),
            ),
            None => Self {
                body: content.to_vec(),
                ..reply
            },
        }
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<Answering>, seen: Arc<Mutex<Vec<Request>>>) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    let before = {
        let mut seen = lock(&seen);
        seen.push(request.clone());
        seen.len() - 1
    };
    let reply = answer(&request, before);
    let mut head = format!(
        "HTTP/1.1 {} Any\r\nconnection: close\r\ncontent-length: {}\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let sent = reply
        .drop_after
        .or(reply.stall_after)
        .unwrap_or(reply.body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&reply.body[..sent]).await;
    let _ = stream.flush().await;
    if reply.stall_after.is_some() {
        let mut nothing = [0_u8];
        let _ = stream.read(&mut nothing).await;
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Some(Request { path, headers })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A list of requests is whole whatever panicked beside it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
