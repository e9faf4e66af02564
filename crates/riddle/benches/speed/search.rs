//! Searches over 100,000 chunks.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::speed::text::{fill, percentile, prose};
use crate::support::Server;

const CHUNKS: u64 = 100_000;
const SEARCHES: u64 = 400;
/// The index builds its graph after ingestion; searches are measured when they have become steady.
const STEADY_WITHIN: Duration = Duration::from_secs(400);

pub(crate) async fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(folder.path()).await;
    fill(&server, 32, CHUNKS).await;
    wait_until_steady(&server).await;
    let chunks = server.get("/api/v1/knowledge-bases/kb").await["chunks"].clone();
    println!("search over {chunks} chunks, milliseconds:");
    for mode in ["bm25", "dense", "hybrid"] {
        report(&server, mode).await;
    }
}

async fn wait_until_steady(server: &Server) {
    let started = Instant::now();
    while started.elapsed() < STEADY_WITHIN {
        let mut times = Vec::new();
        for number in 0..20 {
            let response = search(server, "dense", number).await;
            times.push(response["timings"]["dense_ms"].as_f64().expect("a time"));
        }
        if percentile(&mut times, 0.5) < 3.0 {
            return;
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    println!(
        "the vector index was still being built; the figures are of searches beside that work"
    );
}

async fn report(server: &Server, mode: &str) {
    let (mut without_model, mut overhead) = (Vec::new(), Vec::new());
    for number in 0..SEARCHES {
        let started = Instant::now();
        let response = search(server, mode, number).await;
        let wall = started.elapsed().as_secs_f64() * 1e3;
        let timings = &response["timings"];
        let ms = |name: &str| timings[name].as_f64().unwrap_or(0.0);
        without_model.push(ms("total_ms") - ms("embed_ms"));
        overhead.push(wall - ms("total_ms"));
    }
    println!(
        "  {mode:<7} without the model p50 {:.2}, p95 {:.2} (goal 10), p99 {:.2}; server overhead p50 {:.2} (goal 1)",
        percentile(&mut without_model, 0.50),
        percentile(&mut without_model, 0.95),
        percentile(&mut without_model, 0.99),
        percentile(&mut overhead, 0.50),
    );
}

async fn search(server: &Server, mode: &str, number: u64) -> Value {
    // A new part of a text each time, so that nothing is answered from a cache.
    let words: String = prose(90_000 + number, 400)
        .split_whitespace()
        .skip(3)
        .take(10)
        .collect::<Vec<_>>()
        .join(" ");
    server
        .search("kb", json!({"query": words, "mode": mode, "rerank": false}))
        .await
}
