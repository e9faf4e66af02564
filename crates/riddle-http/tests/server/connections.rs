use std::time::Duration;

use riddle_core::ContentHash;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Server;

#[tokio::test]
async fn the_key_opens_everything_but_the_page_and_the_short_health() {
    let server =
        Server::start(|options| options.api_key_hash = Some(ContentHash::of(b"a key").0)).await;
    let health = server.get_json("/api/v1/health").await;
    assert_eq!(health, serde_json::json!({"ok": true}));
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
    assert_eq!(health["models"], serde_json::json!([]));
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

/// Sends bytes and reads until the server closes or says nothing more for a while.
async fn exchange(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    // The server may close before it has read all; what it answered counts.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let mut buffer = [0_u8; 4_096];
    while let Ok(Ok(read)) =
        tokio::time::timeout(Duration::from_secs(3), stream.read(&mut buffer)).await
    {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
