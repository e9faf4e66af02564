//! Answers without a language model to questions that others have written: how many hold a right answer.
#![expect(
    clippy::print_stderr,
    reason = "who sets a floor anew wants to read what fell below it"
)]

use std::fs;
use std::path::Path;

use riddle_test_support::shared_data;
use serde_json::{Value, json};

use crate::support::Server;

/// Sets, and the share of answers with a right one below which something has broken: sixty questions tell no more than
/// that. Measured for these sixty are .97 and .90, and more in docs/quality.md.
const FLOORS: [(&str, f64); 2] = [("xquad_en", 0.90), ("xquad_zh", 0.85)];
/// Questions of each set.
const QUESTIONS: usize = 60;
/// Which ones are drawn.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
/// Paragraphs of one upload.
const BATCH: usize = 120;
/// Milliseconds that reranking may take: quality is not to depend on how busy the machine is.
const PATIENCE_MS: u32 = 60_000;

#[tokio::test]
async fn quoted_answers_hold_what_is_asked() {
    let Some(data) = shared_data("retrieval") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    let mut failures = Vec::new();
    for (set, floor) in FLOORS {
        add_paragraphs(&server, set, &data.join(set)).await;
        let (right, quoted) = measure(&server, set, &data.join(set)).await;
        eprintln!(
            "{set}: {right:.3} right (floor {floor}), {quoted:.3} with a quote that holds it"
        );
        if right < floor {
            failures.push(set);
        }
    }
    assert!(failures.is_empty(), "below the floor: {failures:?}");
    server.stop();
}

async fn add_paragraphs(server: &Server, set: &str, data: &Path) {
    server.create(set).await;
    let path = format!("/api/v1/knowledge-bases/{set}/documents");
    for batch in lines(&data.join("corpus.jsonl")).chunks(BATCH) {
        let documents = batch.iter().map(|row| {
            let (title, text) = (string(&row["title"]), string(&row["text"]));
            json!({"name": row["_id"], "text": format!("# {title}\n\n{text}")})
        });
        server.post(&path, documents.collect()).await;
    }
    server.settle().await;
}

/// The share of answers that hold a right one, and of those with a citation whose quote does.
async fn measure(server: &Server, set: &str, data: &Path) -> (f64, f64) {
    let path = format!("/api/v1/knowledge-bases/{set}/ask");
    let (mut right, mut quoted) = (0.0, 0.0);
    for question in drawn(lines(&data.join("queries.jsonl"))) {
        let rerank = json!({"enabled": true, "deadline_ms": PATIENCE_MS});
        let asked = json!({"question": question["text"], "rerank": rerank});
        let answer = server.post(&path, asked).await;
        let golds = question["metadata"]["answers"].as_array().expect("answers");
        let holds = |text: &Value| {
            let text = text.as_str().unwrap_or_default();
            golds.iter().any(|gold| text.contains(string(gold)))
        };
        let citations = answer["citations"].as_array().expect("citations");
        if holds(&answer["answer"]) {
            right += 1.0;
        } else {
            eprintln!("{}: {}", string(&question["text"]), answer["answer"]);
        }
        if citations.iter().any(|citation| holds(&citation["quote"])) {
            quoted += 1.0;
        }
    }
    (right / QUESTIONS as f64, quoted / QUESTIONS as f64)
}

/// The same questions in each run.
fn drawn(mut questions: Vec<Value>) -> Vec<Value> {
    let mut state = SEED;
    let draw = |_| {
        // The upper bits of a linear congruential generator do for that.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = (state >> 33) as usize % questions.len();
        questions.swap_remove(at)
    };
    (0..QUESTIONS).map(draw).collect()
}

fn string(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("readable");
    let parsed = text.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().expect("JSON")
}
