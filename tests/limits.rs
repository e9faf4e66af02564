//! A server with few files to open, and more connections than fit.

use std::path::Path;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::Server;

/// Leaves room for 72 connections.
const OPEN_FILES: u64 = 400;

/// Half of a request.
const HALF: &[u8] =
    b"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{";

#[tokio::test]
async fn connections_leave_files_for_the_work_and_a_place_for_health() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start_with_files(folder.path(), OPEN_FILES, OPEN_FILES).await;
    server
        .post(
            "/api/v1/knowledge-bases",
            json!({"name": "kb", "embedder": null}),
        )
        .await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let mut held = Vec::new();
    for number in 0..300 {
        let mut stream = TcpStream::connect(&address).await.expect("connected");
        if number % 3 == 0 {
            // The server may have ended it to make room for another one.
            let _ = stream.write_all(HALF).await;
        }
        held.push(stream);
    }
    // Whether half a request is slow shows after a moment; until then it is at work like others.
    while !asks_for_knowledge_bases(&server.base).await {
        assert!(health(&server.base).await);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let id = server
        .add_text("kb", "key.md", "The key hangs behind the door.", json!({}))
        .await;
    server.settle().await;
    assert_eq!(server.document(&id).await["status"], "ready");
    let log = std::fs::read_to_string(folder.path().join("test.log")).expect("a log");
    assert!(!log.contains("Too many open files"), "{log}");
    assert!(log.contains("\"connections\":72"), "{log}");
    drop(held);
    server.stop();
}

#[tokio::test]
async fn the_limit_on_open_files_is_raised_as_far_as_it_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start_with_files(folder.path(), 256, 700).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).expect("limits");
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<&str> = files.expect("a line").split_whitespace().skip(3).collect();
    assert_eq!(numbers[..2], ["700", "700"]);
    server.stop();
}

#[tokio::test]
async fn a_configured_number_of_connections_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(
        folder.path(),
        "[limits]\nmax_connections = 40\nmax_connections_per_address = 5\n",
    );
    let server = Server::start(folder.path()).await;
    let log = std::fs::read_to_string(folder.path().join("test.log")).expect("a log");
    for told in [
        "\"connections\":40",
        "\"per_address\":5",
        "\"per_loopback\":30",
    ] {
        assert!(log.contains(told), "{log}");
    }
    server.stop();
}

fn configure(data_dir: &Path, text: &str) {
    std::fs::write(data_dir.join("riddle.toml"), text).expect("a configuration");
}

/// By a connection of its own.
async fn get(base: &str, path: &str) -> reqwest::Response {
    let client = riddle_client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let request = client.get(format!("{base}{path}"));
    request.send().await.expect("the server answers")
}

async fn health(base: &str) -> bool {
    let answer: Value = get(base, "/api/v1/health")
        .await
        .json()
        .await
        .expect("JSON");
    answer["ok"] == json!(true)
}

async fn asks_for_knowledge_bases(base: &str) -> bool {
    let answer = get(base, "/api/v1/knowledge-bases").await;
    assert!(
        answer.status() == 200 || answer.status() == 429,
        "{}",
        answer.status()
    );
    answer.status() == 200
}
