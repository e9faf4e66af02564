//! Whole answers of the main endpoints, so that a change of any field is seen. The files beside are written anew by
//! `INSTA_UPDATE=always cargo nextest run -p riddle-http`; what changed in them is what clients will see.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use reqwest::Response;
use riddle_engine::AuditOptions;
use riddle_testkit::FakeModels;
use serde_json::{Value, json};

use crate::support::{Server, events};

const BASE: &str = "/api/v1/knowledge-bases/manuals";

/// No answer can tell of a longer time than that since then.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(crate) async fn server() -> Server {
    LazyLock::force(&BEGUN);
    Server::with_documents_and(
        Arc::new(FakeModels::default().with_reranker(Arc::default())),
        "manuals",
    )
    .await
}

/// Status and body of an answer, without what differs from run to run.
async fn shown(response: Response) -> String {
    let status = response.status().as_u16();
    let mut body: Value = response.json().await.expect("JSON");
    mask("", &mut body);
    let body = serde_json::to_string_pretty(&body).expect("serializes");
    format!("{status}\n{body}")
}

/// Events of an answer, each with its data, without what differs from run to run.
async fn shown_events(response: Response) -> String {
    let text = response.text().await.expect("text");
    let mut shown = String::new();
    for (name, mut data) in events(&text) {
        mask("", &mut data);
        let data = serde_json::to_string_pretty(&data).expect("serializes");
        shown += &format!("{name}\n{data}\n");
    }
    shown
}

/// Puts a name in brackets in the place of each value that differs from run to run.
pub(crate) fn mask(name: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => fields
            .iter_mut()
            .for_each(|(name, value)| mask(name, value)),
        Value::Array(numbers) if name == "embedding" => {
            *value = json!(format!("[vector of {}]", numbers.len()));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| mask(name, value)),
        Value::String(text) => {
            if let Some(mask) = mask_of_text(name, text) {
                *text = mask.to_owned();
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().expect("finite");
            if let Some(masked) = mask_of_number(name, number) {
                *value = masked;
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn mask_of_number(name: &str, number: f64) -> Option<Value> {
    if name == "ms" || name.ends_with("_ms") {
        let longest = BEGUN.elapsed().as_secs_f64() * 1e3;
        assert!((0.0..=longest).contains(&number), "{name}: {number}");
        return Some(json!("[ms]"));
    }
    if name.starts_with("bytes_") || name.ends_with("_bytes") {
        return Some(json!("[bytes]"));
    }
    match name {
        // The order of sums may differ.
        "score" | "score_raw" | "relevance_score" => Some(json!((number * 1e4).round() / 1e4)),
        // The index may be a moment behind.
        "outbox_lag" | "index_position" => Some(json!("[rows]")),
        "seed" => Some(json!("[seed]")),
        "total_ratio" | "first_token_ratio" | "token_ratio" => Some(json!("[ratio]")),
        "cores" => Some(json!("[cores]")),
        "created" if number > 0.0 => Some(json!("[time]")),
        _ => None,
    }
}

fn mask_of_text(name: &str, text: &str) -> Option<&'static str> {
    let is_digits = |wanted: usize| {
        let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
        let dashes = text.bytes().filter(|byte| *byte == b'-').count();
        digits == wanted && digits + dashes == text.len()
    };
    let is_id = is_digits(32) || text.starts_with("chatcmpl-");
    if (matches!(name, "id" | "set") || name.ends_with("_id")) && is_id {
        return Some("[id]");
    }
    if name == "data_folder" {
        return Some("[folder]");
    }
    if name == "sha256" || name.ends_with("hash") {
        assert!(is_digits(64), "{name}: {text}");
        return Some("[hash]");
    }
    // Others are versions of an API, which stay.
    if name == "version" && text == env!("CARGO_PKG_VERSION") {
        return Some("[version]");
    }
    if name == "next_cursor" {
        return Some("[cursor]");
    }
    let is_time = text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z');
    (name.ends_with("_at") && is_time).then_some("[time]")
}

#[tokio::test]
async fn a_search() {
    let server = server().await;
    let body = json!({"query": "Which port does the server listen on?", "top_n": 1});
    let found = server.post(&format!("{BASE}/search"), &body).await;
    insta::assert_snapshot!(shown(found).await);
    server.stop().await;
}

#[tokio::test]
async fn an_answer() {
    let server = server().await;
    let body = json!({"question": "Which port does the server listen on?", "top_n": 1});
    let answer = server.post(&format!("{BASE}/ask"), &body).await;
    insta::assert_snapshot!(shown(answer).await);
    server.stop().await;
}

#[tokio::test]
async fn a_list_of_documents() {
    let server = server().await;
    let path = format!("{BASE}/documents?limit=1");
    insta::assert_snapshot!(shown(server.get(&path).await).await);
    server.stop().await;
}

#[tokio::test]
async fn a_knowledge_base() {
    let server = server().await;
    insta::assert_snapshot!(shown(server.get(BASE).await).await);
    server.stop().await;
}

#[tokio::test]
async fn health() {
    let server = server().await;
    insta::assert_snapshot!(shown(server.get("/api/v1/health").await).await);
    server.stop().await;
}

#[tokio::test]
async fn errors() {
    let server = server().await;
    let search = format!("{BASE}/search");
    let unknown = json!({"query": "x", "no_such_field": 1});
    let too_many = json!({"query": "x", "top_k": 5, "top_n": 6});
    let mut answers = String::new();
    for response in [
        server.get("/api/v1/knowledge-bases/absent").await,
        server.get("/api/v1/documents/no-id").await,
        server.get("/api/v1/no-such-route").await,
        server.post(&search, &unknown).await,
        server.post(&search, &too_many).await,
        server
            .post("/api/v1/knowledge-bases", &json!({"name": "manuals"}))
            .await,
    ] {
        answers += &shown(response).await;
        answers += "\n";
    }
    insta::assert_snapshot!(answers);
    server.stop().await;
}

#[tokio::test]
async fn events_of_an_answer() {
    let server = server().await;
    let body =
        json!({"question": "Which port does the server listen on?", "top_n": 1, "stream": true});
    let answer = server.post(&format!("{BASE}/ask"), &body).await;
    insta::assert_snapshot!(shown_events(answer).await);
    server.stop().await;
}

#[tokio::test]
async fn a_chat() {
    let server = server().await;
    let chat = server.create_chat(&["manuals"]).await;
    let question = json!({"question": "Which port does the server listen on?"});
    server.say(&chat, &question).await;
    let mut answers = shown(server.get(&format!("/api/v1/chats/{chat}")).await).await;
    answers += "\n";
    answers += &shown(server.get("/api/v1/chats").await).await;
    insta::assert_snapshot!(answers);
    server.stop().await;
}

#[tokio::test]
async fn a_comparison() {
    let server = server().await;
    let body =
        json!({"question": "Which port does the server listen on?", "top_n": 1, "stream": false});
    let compared = server.post(&format!("{BASE}/compare"), &body).await;
    let mut answers = shown(compared).await;
    answers += "\n";
    answers += &shown(server.get("/api/v1/comparisons").await).await;
    insta::assert_snapshot!(answers);
    server.stop().await;
}

#[tokio::test]
async fn models_and_system() {
    let server = server().await;
    let mut answers = String::new();
    for path in ["/api/v1/models", "/v1/models", "/api/v1/system"] {
        answers += &shown(server.get(path).await).await;
        answers += "\n";
    }
    insta::assert_snapshot!(answers);
    server.stop().await;
}

#[tokio::test]
async fn a_chunk_and_its_revisions() {
    let server = server().await;
    let listed = server
        .get_json(&format!("{BASE}/documents?search=ports"))
        .await;
    let document = listed["documents"][0]["id"].as_str().expect("an id");
    let path = format!("/api/v1/documents/{document}/chunks");
    let chunks = server.get_json(&path).await;
    let chunk = chunks["chunks"][0]["id"].as_str().expect("an id");
    let path = format!("/api/v1/chunks/{chunk}");
    let edit = json!({"text": "The server listens on port 7181.", "revision": 1});
    let edited = server
        .client
        .patch(server.url(&path))
        .json(&edit)
        .send()
        .await;
    assert_eq!(edited.expect("an answer").status(), 200);
    // The edit is in the indexes when no audit differs.
    let compared = AuditOptions {
        repair: false,
        originals: false,
        vectors: false,
    };
    server.engine.audit(compared).await.expect("a report");
    let mut answers = shown(server.get(&path).await).await;
    answers += "\n";
    answers += &shown(server.get(&format!("{path}/history")).await).await;
    insta::assert_snapshot!(answers);
    server.stop().await;
}

#[tokio::test]
async fn an_evaluation_set() {
    let server = server().await;
    let question = json!({
        "id": "port", "question": "Which port does the server listen on?", "relevant": [{"document": "ports.md"}]
    });
    let set = json!({
        "name": "ports", "knowledge_base": "manuals", "format": "jsonl",
        "files": [{"name": "questions.jsonl", "content": question.to_string()}]
    });
    let made = server.post("/api/v1/evaluations/sets", &set).await;
    let mut answers = shown(made).await;
    answers += "\n";
    let path = "/api/v1/evaluations/sets/ports/questions";
    answers += &shown(server.get(path).await).await;
    insta::assert_snapshot!(answers);
    server.stop().await;
}

#[tokio::test]
async fn what_other_tools_are_told() {
    let models = FakeModels::default()
        .with_embedder()
        .with_reranker(Arc::default());
    LazyLock::force(&BEGUN);
    let server = Server::with_documents_and(Arc::new(models), "manuals").await;
    let texts = ["a coarse sieve", "a colour"];
    let asked = json!([{"role": "user", "content": "Which port does the server listen on?"}]);
    let mut answers = String::new();
    for (path, body) in [
        ("/v1/rerank", json!({"query": "sieve", "documents": texts})),
        (
            "/v2/rerank",
            json!({"query": "sieve", "documents": texts, "top_n": 1}),
        ),
        ("/rerank", json!({"query": "sieve", "texts": texts})),
        (
            "/v1/embeddings",
            json!({"model": "default", "input": texts}),
        ),
        (
            "/v1/chat/completions",
            json!({"model": "riddle/manuals", "messages": asked}),
        ),
    ] {
        answers += &format!("{path} ");
        answers += &shown(server.post(path, &body).await).await;
        answers += "\n";
    }
    insta::assert_snapshot!(answers);
    server.stop().await;
}
