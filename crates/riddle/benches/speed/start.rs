//! A warm start and the memory of a server with 10,000 chunks.

use std::time::Instant;

use serde_json::{Value, json};

use crate::speed::text::fill;
use crate::support::Server;

const CHUNKS: u64 = 10_000;

pub(crate) async fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(folder.path()).await;
    fill(&server, 64, CHUNKS).await;
    server.stop();

    let started = Instant::now();
    let server = Server::start(folder.path()).await;
    let ready = started.elapsed();
    for query in [
        "reset a password",
        "who approves travel",
        "memory of the extraction",
        "deleted documents",
    ] {
        server.search("kb", json!({"query": query})).await;
    }
    let owner: Value = serde_json::from_slice(
        &std::fs::read(folder.path().join("server.json")).expect("the address"),
    )
    .expect("JSON");
    println!(
        "warm start: ready in {:.2} s (goal 3); {} MB resident with the embedder loaded and {} chunks (goal 400)",
        ready.as_secs_f64(),
        resident_mb(owner["pid"].as_u64().expect("a process")),
        server.get("/api/v1/knowledge-bases/kb").await["chunks"]
    );
}

fn resident_mb(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("its memory");
    let kilobytes: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number");
    kilobytes / 1024
}
