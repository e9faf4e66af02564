//! Embedding during ingestion against the bare runtime on the same texts.

use std::time::Instant;

use riddle_core::{Purpose, Similarity};
use riddle_models::{Compute, EmbedderSpec, PoolingKind, Precision, TextEmbedder};
use riddle_test_support::{models, onnxruntime_file};
use serde_json::{Value, json};

use crate::speed::text::prose;
use crate::support::Server;

/// Pairs of measurements, each a document through the server and its texts through the bare runtime.
const ROUNDS: u64 = 5;
/// Bytes of a document; some 250 chunks.
const DOCUMENT: usize = 250_000;
/// Texts of one call, as ingestion makes them.
const CALL: usize = 32;

pub(crate) async fn measure() {
    let mut bare = bare_embedder();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let (mut bare_ms, mut ingest_ms, mut texts_done) = (0.0, 0.0, 0);
    for round in 0..=ROUNDS {
        let id = server
            .add_text(
                "kb",
                &format!("{round}.txt"),
                &prose(round + 1, DOCUMENT),
                json!({}),
            )
            .await;
        server.settle().await;
        let document = server.document(&id).await;
        let texts = texts(&server, &id).await;
        let started = Instant::now();
        for call in texts.chunks(CALL) {
            let call: Vec<&str> = call.iter().map(String::as_str).collect();
            let prepared = bare.prepare(&call, Purpose::Passage).expect("tokens");
            bare.run_prepared(&prepared).expect("vectors");
        }
        // The first round warms both up.
        if round > 0 {
            bare_ms += started.elapsed().as_secs_f64() * 1e3;
            ingest_ms += document["stage_times"]["embedding_ms"]
                .as_f64()
                .expect("a time");
            texts_done += texts.len();
        }
    }
    let rate = |ms: f64| texts_done as f64 / ms * 1e3;
    println!(
        "embedding: {:.0} chunks/s during ingestion, {:.0} with the bare runtime, ratio {:.2} (goal 0.90)",
        rate(ingest_ms),
        rate(bare_ms),
        bare_ms / ingest_ms
    );
}

/// The texts that the server embedded, longest first, as it embeds them.
async fn texts(server: &Server, id: &str) -> Vec<String> {
    let page = server
        .get(&format!("/api/v1/documents/{id}/chunks?limit=1000"))
        .await;
    let chunks = page["chunks"].as_array().expect("chunks");
    let mut texts: Vec<String> = chunks
        .iter()
        .map(|chunk: &Value| chunk["text"].as_str().expect("a text").to_owned())
        .collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts
}

fn bare_embedder() -> TextEmbedder {
    let folder = models().join("all-minilm-l6-v2");
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime =
        Compute::with_library(&onnxruntime_file(), threads).expect("the ONNX Runtime library");
    let spec = EmbedderSpec {
        name: "all-minilm-l6-v2".to_owned(),
        cache: folder.join("converted"),
        folder,
        weights: "model.safetensors".to_owned(),
        precision: Precision::Int8,
        pooling: PoolingKind::Mean.into(),
        similarity: Similarity::Cosine,
        dimensions: 384,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 256,
        languages: riddle_core::LanguageCoverage::Multilingual,
    };
    TextEmbedder::load(&runtime, &spec)
        .expect("the embedding model")
        .0
}
