use std::time::Duration;

use riddle_core::ContentHash;
use riddle_http::{BodyRateBounds, ConnectionBounds, HttpOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::Server;

#[tokio::test]
async fn the_key_opens_everything_but_the_page_and_the_short_health() {
    let server =
        Server::start(|options| options.api_key_hash = Some(ContentHash::of(b"a key").0)).await;
    let health = server.get_json("/api/v1/health").await;
    assert_eq!(health, json!({"ok": true}));
    assert_eq!(server.get("/").await.status(), 200);
    assert_eq!(server.get("/api/v1/knowledge-bases").await.status(), 401);
    let with_key = |path: &str| {
        server
            .client
            .get(server.url(path))
            .bearer_auth("a key")
            .send()
    };
    assert_eq!(
        with_key("/api/v1/knowledge-bases")
            .await
            .expect("an answer")
            .status(),
        200
    );
    let health: Value = with_key("/api/v1/health")
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(health["ok"], true);
    assert_eq!(health["models"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let server = Server::start(|options| options.client_timeout = Duration::from_secs(1)).await;
    let answer = exchange(
        &server,
        "POST /api/v1/audit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"rep",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn malformed_requests_do_not_disturb_the_server() {
    let server = Server::start(|_options| {}).await;
    let long = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    for request in [
        "nonsense\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        "POST /api/v1/audit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        long.as_str(),
    ] {
        let answer = exchange(&server, request).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    assert_eq!(server.get("/").await.status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let server = Server::start(|_options| {}).await;
    let _idle = TcpStream::connect(server.address).await.expect("connected");
    assert_eq!(server.get("/").await.status(), 200);
    // Held up, this would never return.
    server.stop().await;
}

/// Connections that say nothing.
async fn idle(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(server.address).await.expect("connected"));
    }
    streams
}

/// Connections whose requests never get whole.
async fn half_sent(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut streams = idle(server, count).await;
    for stream in &mut streams {
        stream.write_all(HALF.as_bytes()).await.expect("sent");
    }
    streams
}

/// Asks over a new connection.
async fn ask_by_itself(server: &Server, path: &str) -> reqwest::Response {
    let client = riddle_client::builder().build().expect("a client");
    let answer = client.get(server.url(path)).send().await;
    answer.expect("an answer")
}

/// Half of a request; the piece is far smaller than the body that it announces.
const HALF: &str = "POST /api/v1/audit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";

#[tokio::test]
async fn more_idle_connections_than_fit_leave_everybody_served() {
    let server =
        Server::start(|options| options.connections = ConnectionBounds::of(16, None)).await;
    let held = idle(&server, 100).await;
    for _ in 0..3 {
        for path in ["/api/v1/health", "/api/v1/knowledge-bases"] {
            let answer = ask_by_itself(&server, path).await;
            assert_eq!(answer.status(), 200, "{path}");
        }
    }
    drop(held);
    server.stop().await;
}

#[tokio::test]
async fn dripping_bodies_make_way() {
    let server = Server::start(|options| {
        options.connections = ConnectionBounds::of(4, None);
        options.body_rate.least_bytes_per_s = 1_000;
    })
    .await;
    let held = half_sent(&server, 40).await;
    let health = ask_by_itself(&server, "/api/v1/health").await;
    assert_eq!(health.status(), 200);
    // They have a moment to come faster; until then they are at work like others.
    while ask_by_itself(&server, "/api/v1/knowledge-bases")
        .await
        .status()
        != 200
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(held);
    server.stop().await;
}

#[tokio::test]
async fn beyond_the_bounds_health_is_answered_and_the_rest_may_come_again() {
    let server = Server::start(|options| options.connections = ConnectionBounds::of(1, None)).await;
    let mut held = Vec::new();
    let answer = loop {
        // One whose head has not come yet makes way for the next.
        held.extend(half_sent(&server, 1).await);
        let answer = ask_by_itself(&server, "/api/v1/knowledge-bases").await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["connection"], "close");
    assert!(answer.headers().contains_key("retry-after"));
    let error: Value = answer.json().await.expect("JSON");
    assert_eq!(error["code"], "overloaded");
    // A health check of whichever platform.
    for path in ["/api/v1/health", "/ping"] {
        let health = ask_by_itself(&server, path).await;
        assert_eq!(health.status(), 200, "{path}");
    }
    drop(held);
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_drips_is_refused() {
    let server = Server::start(|options| {
        options.body_rate = BodyRateBounds {
            least_bytes_per_s: 1_000,
            grace: Duration::from_millis(100),
            whole: Duration::from_secs(60),
        };
    })
    .await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    stream.write_all(HALF.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    // A byte at a time never lets it stand still.
    while !answer.contains("request_timeout") {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let _ = stream.write_all(b" ").await;
        let mut buffer = [0_u8; 4_096];
        let read = tokio::time::timeout(Duration::from_millis(100), stream.read(&mut buffer)).await;
        let Ok(read) = read else { continue };
        let read = read.expect("an answer before the end");
        assert_ne!(read, 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("too slowly"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn half_a_second_request_does_not_hold_its_connection() {
    let server = Server::start(|options| options.client_timeout = Duration::from_secs(1)).await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let request = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.readable().await.expect("an answer");
    stream.write_all(b"GET /api/").await.expect("sent");
    let mut answer = Vec::new();
    // Held for ever, this would never return.
    stream
        .read_to_end(&mut answer)
        .await
        .expect("the server closes");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    server.stop().await;
}

/// An address whose answer is large.
const LARGE: &str = "/openapi.json";

/// A server on a system that keeps next to nothing of what a client does not read.
async fn with_small_buffers(change: impl FnOnce(&mut HttpOptions)) -> Server {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_send_buffer_size(16 << 10).expect("set");
    let address = "127.0.0.1:0".parse().expect("an address");
    socket.bind(address).expect("a free port");
    let listener = socket.listen(64).expect("listens");
    let listener = listener.into_std().expect("a listener");
    Server::start_on(listener, change).await
}

/// A client that asks for something large, and has read nothing of it when it begins to come.
async fn reads_nothing(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4 << 10).expect("set");
    let mut stream = socket.connect(server.address).await.expect("connected");
    let request = format!("GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.readable().await.expect("an answer");
    stream
}

/// The head of an answer, and how much of its body comes.
async fn body_read(mut stream: TcpStream) -> (String, usize) {
    let (mut head, mut answer) = (String::new(), Vec::new());
    let mut whole = usize::MAX;
    let mut buffer = vec![0_u8; 16_384];
    while answer.len() < whole {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
        }
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        if let (true, Some(end)) = (head.is_empty(), end) {
            head = String::from_utf8_lossy(&answer[..end + 4]).to_ascii_lowercase();
            let mut lines = head.lines();
            let length = lines.find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            whole = head.len() + length;
        }
    }
    let read = answer.len() - head.len();
    (head, read)
}

#[tokio::test]
async fn answers_that_nobody_reads_make_way_for_those_of_others() {
    const MAX: usize = 2 << 20;
    let server = with_small_buffers(|options| options.max_answers_bytes = MAX).await;
    let whole = server.get(LARGE).await.bytes().await.expect("a body").len();
    let fit = MAX / whole;
    assert!((2..16).contains(&fit), "{whole} bytes are of no use here");
    let mut unread = Vec::new();
    for _ in 0..fit + 2 {
        unread.push(reads_nothing(&server).await);
    }
    let answered = server.get(LARGE).await;
    assert_eq!(answered.status(), 200);
    assert_eq!(answered.bytes().await.expect("a body").len(), whole);
    let last = unread.pop().expect("a client");
    let (head, read) = body_read(last).await;
    assert!(
        head.contains(&format!("content-length: {whole}\r\n")),
        "{head}"
    );
    assert_eq!(read, whole, "one that was in time has all of its answer");
    // More than fit were asked for, so the memory was another's.
    for stream in unread.drain(..2) {
        let (_head, read) = body_read(stream).await;
        assert!(read < whole, "{read} of {whole} bytes");
    }
    drop(unread);
    server.stop().await;
}

const FILES: usize = 180;

/// Texts whose names alone make a large answer.
fn long_names() -> Value {
    let texts = (0..FILES).map(|place| {
        let name = format!("{}/{place}.txt", vec!["n".repeat(100); 3].join("/"));
        json!({"name": name, "text": "x"})
    });
    Value::Array(texts.collect())
}

#[tokio::test]
async fn nothing_is_kept_whose_answer_would_find_no_memory() {
    let server = with_small_buffers(|options| {
        // Less than the answer that nobody reads, which so holds all of it.
        options.max_answers_bytes = 100_000;
        // So that it need not make way, however long this machine takes.
        options.answers_wait = Duration::ZERO;
        options.max_upload_parts = FILES;
    })
    .await;
    server.create_base("manuals").await;
    let unread = reads_nothing(&server).await;
    let path = "/api/v1/knowledge-bases/manuals/documents";
    let refused = server.post(path, &long_names()).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let kept = server.get_json(path).await;
    assert_eq!(kept["total"], 0);
    let small = json!({"name": "other"});
    let made = server.post("/api/v1/knowledge-bases", &small).await;
    assert_eq!(made.status(), 201, "a small answer holds none");
    drop(unread);
    let accepted = loop {
        let answer = server.post(path, &long_names()).await;
        if answer.status() != 429 {
            break answer;
        }
    };
    assert_eq!(accepted.status(), 202);
    let whole = accepted.bytes().await.expect("a body").len();
    assert!(whole > 64 << 10, "{whole} bytes are no large answer");
    server.stop().await;
}

/// Sends bytes and reads the answer, or what comes of it before the server closes. One that does neither hangs here.
async fn exchange(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    // The server may close before it has read all; what it answered counts.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    let mut buffer = [0_u8; 4_096];
    while !is_whole(&answer) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
    }
    answer
}

/// Whether an answer has its head and as much of a body as that announces.
fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(0, |length| length.trim().parse().expect("a number"));
    body.len() >= length
}
