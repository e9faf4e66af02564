//! Parsing, chunking, BM25 and SQL without embedding.

use std::time::Instant;

use serde_json::json;

use crate::speed::text::prose;
use crate::support::Server;

/// Documents of the measurement.
const DOCUMENTS: u64 = 24;
/// Bytes of each.
const BYTES: usize = 1_000_000;

pub(crate) async fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(folder.path()).await;
    server
        .post(
            "/api/v1/knowledge-bases",
            json!({"name": "kb", "embedder": "none"}),
        )
        .await;
    let texts: Vec<String> = (0..DOCUMENTS)
        .map(|seed| prose(seed + 100, BYTES))
        .collect();
    let started = Instant::now();
    for (number, text) in texts.into_iter().enumerate() {
        server
            .add_file("kb", &format!("{number}.txt"), text.into_bytes())
            .await;
    }
    server.settle().await;
    let seconds = started.elapsed().as_secs_f64();
    let kb = server.get("/api/v1/knowledge-bases/kb").await;
    let chunks = kb["chunks"].as_f64().expect("chunks");
    let tokens = tokens(&server).await;
    println!(
        "ingestion without embedding: {:.0} tokens/s (goal 200000), {:.0} chunks/s, {:.1} MB/s of plain text",
        tokens / seconds,
        chunks / seconds,
        BYTES as f64 * DOCUMENTS as f64 / 1e6 / seconds
    );
}

/// Words and signs of all chunks of one document, times the documents: they are all of one length.
async fn tokens(server: &Server) -> f64 {
    let page = server
        .get("/api/v1/knowledge-bases/kb/documents?limit=1")
        .await;
    let id = page["documents"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut tokens = 0.0;
    let mut from = 0;
    loop {
        let page = server
            .get(&format!(
                "/api/v1/documents/{id}/chunks?limit=1000&from={from}"
            ))
            .await;
        let chunks = page["chunks"].as_array().expect("chunks");
        if chunks.is_empty() {
            return tokens * DOCUMENTS as f64;
        }
        from += chunks.len();
        tokens += chunks
            .iter()
            .filter_map(|chunk| chunk["token_count"].as_f64())
            .sum::<f64>();
    }
}
