//! Answers of a language model beside the server's own ingestion.

use std::time::Instant;

use riddle_test_support::variable;
use serde_json::{Value, json};

use crate::speed::text::{percentile, prose};
use crate::support::Server;

/// A GGUF file.
const MODEL: &str = "RIDDLE_BENCH_CHAT_MODEL";
/// Documents of each part of the measurement, and bytes of each.
const DOCUMENTS: u64 = 60;
const BYTES: usize = 40_000;
const QUIET_ANSWERS: u64 = 5;
/// Ingestion and answer have as many threads each, so half of the machine is due to either.
const FAIR_SHARE: f64 = 0.5;

pub(crate) async fn measure() {
    let Some(model) = variable(MODEL) else {
        println!("answers beside ingestion: not measured; {MODEL} names no GGUF file");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = format!("[chat]\nmodel = {model:?}\n");
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    let server = Server::start(folder.path()).await;
    for name in ["kb", "pile"] {
        server.create(name).await;
    }
    server
        .add_text("kb", "a.txt", &prose(1, 20_000), json!({}))
        .await;
    server.settle().await;

    let usual = {
        let started = Instant::now();
        add_documents(&server, 1_000).await;
        server.settle().await;
        chunks(&server).await / started.elapsed().as_secs_f64()
    };
    let mut quiet = Vec::new();
    for number in 0..=QUIET_ANSWERS {
        let rate = answer(&server, number).await;
        // The first one loads the model.
        if number > 0 {
            quiet.push(rate);
        }
    }
    let before = chunks(&server).await;
    let started = Instant::now();
    add_documents(&server, 2_000).await;
    let mut beside = Vec::new();
    while is_ingesting(&server).await {
        beside.push(answer(&server, 100 + beside.len() as u64).await);
    }
    let ingested = (chunks(&server).await - before) / started.elapsed().as_secs_f64();
    report(&mut quiet, &mut beside, ingested / usual);
}

fn report(quiet: &mut [f64], beside: &mut [f64], ingestion: f64) {
    if beside.is_empty() {
        println!("answers beside ingestion: it ended before an answer did");
        return;
    }
    let (alone, together) = (percentile(quiet, 0.5), percentile(beside, 0.5));
    println!(
        "answers beside ingestion: {together:.1} tokens/s, {alone:.1} alone, {:.2} of the fair share (goal 0.7); \
         ingestion keeps {ingestion:.2} of its rate",
        together / (alone * FAIR_SHARE)
    );
}

async fn add_documents(server: &Server, seed: u64) {
    for number in seed..seed + DOCUMENTS {
        let text = prose(number, BYTES);
        server
            .add_text("pile", &format!("{number}.txt"), &text, json!({}))
            .await;
    }
}

async fn is_ingesting(server: &Server) -> bool {
    server.get("/api/v1/health").await["queue"]["pending_documents"].as_u64() > Some(0)
}

async fn chunks(server: &Server) -> f64 {
    let pile = server.get("/api/v1/knowledge-bases/pile").await;
    pile["chunks"].as_f64().expect("chunks")
}

/// Tokens of one answer per second of writing it.
async fn answer(server: &Server, number: u64) -> f64 {
    let question = format!("What do the rules say about case {number}?");
    let body = json!({"question": question, "max_tokens": 150});
    let answer: Value = server.post("/api/v1/knowledge-bases/kb/ask", body).await;
    let tokens = answer["usage"]["completion_tokens"].as_f64();
    let ms = answer["timings"]["decode_ms"].as_f64();
    tokens.expect("tokens") * 1e3 / ms.expect("a time").max(1e-3)
}
