//! Whole answers of the main endpoints, so that a change of any field is seen. The files beside are written anew by
//! `INSTA_UPDATE=always cargo nextest run -p riddle-http`; what changed in them is what clients will see.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use reqwest::Response;
use riddle_testkit::FakeModels;
use serde_json::{Value, json};

use crate::support::Server;

const BASE: &str = "/api/v1/knowledge-bases/manuals";

/// No answer can tell of a longer time than that since then.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

async fn server() -> Server {
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

/// Puts a name in brackets in the place of each value that differs from run to run.
fn mask(name: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => fields
            .iter_mut()
            .for_each(|(name, value)| mask(name, value)),
        Value::Array(values) => values.iter_mut().for_each(|value| mask(name, value)),
        Value::String(text) => {
            if let Some(mask) = mask_of_text(name, text) {
                *text = mask.to_owned();
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().expect("finite");
            if name == "ms" || name.ends_with("_ms") {
                let longest = BEGUN.elapsed().as_secs_f64() * 1e3;
                assert!((0.0..=longest).contains(&number), "{name}: {number}");
                *value = json!("[ms]");
            } else if name.starts_with("bytes_") || name.ends_with("_bytes") {
                *value = json!("[bytes]");
            } else if name == "outbox_lag" {
                // The index may be a moment behind.
                *value = json!("[rows]");
            } else if name == "score" || name == "score_raw" {
                // The order of sums may differ.
                *value = json!((number * 1e4).round() / 1e4);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn mask_of_text(name: &str, text: &str) -> Option<&'static str> {
    let is_digits = |wanted: usize| {
        let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
        let dashes = text.bytes().filter(|byte| *byte == b'-').count();
        digits == wanted && digits + dashes == text.len()
    };
    if (name == "id" || name.ends_with("_id")) && is_digits(32) {
        return Some("[id]");
    }
    if name == "sha256" || name.ends_with("hash") {
        assert!(is_digits(64), "{name}: {text}");
        return Some("[hash]");
    }
    if name == "version" {
        assert_eq!(text, env!("CARGO_PKG_VERSION"));
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
