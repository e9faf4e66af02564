//! What RAGFlow, Dify and Open WebUI send, word for word, and that the answer has what each of them reads. They are no
//! libraries that a test could run, so their requests are kept here as their sources build them.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use riddle_core::ContentHash;
use riddle_engine::bounds::MAX_INFERENCE_TEXTS;
use riddle_testkit::{FakeModels, MAX_WORDS};
use serde_json::{Value, json};

use crate::support::Server;

const KEY: &str = "a key";
const QUERY: &str = "coarse sieve";
const TEXTS: [&str; 3] = ["a colour", "a coarse sieve", "coarse"];

async fn server(key: Option<&str>) -> Server {
    let hash = key.map(|key| ContentHash::of(key.as_bytes()).0);
    let models = Arc::new(FakeModels::default().with_reranker(Arc::default()));
    Server::start_with(models, move |options| options.api_key_hash = hash).await
}

/// Sends a request as the tool does; `authorization` is that header, if it sends one.
async fn send(server: &Server, path: &str, body: &Value, authorization: Option<&str>) -> Value {
    let mut request = server
        .client
        .post(server.url(path))
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string());
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path} {body}");
    response.json().await.expect("JSON")
}

/// Index and `relevance_score` of each result are there, for every text once.
fn check_results(answer: &Value) {
    let results = answer["results"].as_array().expect("a list");
    let mut scores = [f64::NAN; TEXTS.len()];
    for result in results {
        let index = result["index"].as_u64().expect("an index");
        scores[usize::try_from(index).expect("small")] =
            result["relevance_score"].as_f64().expect("a score");
    }
    assert!(scores[1] > scores[2] && scores[2] > scores[0], "{scores:?}");
    // RAGFlow and Dify blend or cut by scores from 0 to 1.
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
}

#[tokio::test]
async fn ragflow_is_understood() {
    let server = server(Some(KEY)).await;
    let bearer = format!("Bearer {KEY}");
    // OpenAI-API-Compatible, LocalAI, Jina and their like; `top_n` is the number of texts.
    let body =
        json!({"model": "default", "query": QUERY, "documents": TEXTS, "top_n": TEXTS.len()});
    let answer = send(&server, "/v1/rerank", &body, Some(&bearer)).await;
    check_results(&answer);
    assert!(
        answer["usage"]["total_tokens"]
            .as_u64()
            .is_some_and(|tokens| tokens > 0)
    );
    // Xinference, which writes its flags as texts.
    let body = json!({
        "model": "default", "query": QUERY, "return_documents": "true", "return_len": "true", "documents": TEXTS,
    });
    check_results(&send(&server, "/v1/rerank", &body, Some(&bearer)).await);
    server.stop().await;

    // HuggingFace sends no key, so that it needs a server without one.
    let server = self::server(None).await;
    let body = json!({"query": QUERY, "texts": TEXTS, "raw_scores": false, "truncate": true});
    let ranks = send(&server, "/rerank", &body, None).await;
    let ranks = ranks.as_array().expect("a list");
    assert_eq!(ranks.len(), TEXTS.len());
    let order: Vec<_> = ranks.iter().map(|rank| rank["index"].as_u64()).collect();
    assert_eq!(order, [Some(1), Some(2), Some(0)]);
    let scores = ranks
        .iter()
        .map(|rank| rank["score"].as_f64().expect("a score"));
    assert!(
        scores.is_sorted_by(|better, worse| better > worse),
        "{ranks:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn dify_is_understood() {
    let server = server(Some(KEY)).await;
    let bearer = format!("Bearer {KEY}");
    // OpenAI-API-compatible plugin, with the endpoint BASE/v1.
    let body =
        json!({"model": "default", "query": QUERY, "documents": TEXTS, "top_n": TEXTS.len()});
    check_results(&send(&server, "/v1/rerank", &body, Some(&bearer)).await);
    // The class of its software development kit, which other plugins build on.
    let body = json!({
        "model": "default", "query": QUERY, "documents": TEXTS, "top_n": null, "return_documents": true,
    });
    let answer = send(&server, "/v1/rerank", &body, Some(&bearer)).await;
    check_results(&answer);
    assert_eq!(answer["results"][0]["document"]["text"], TEXTS[1]);

    // Text Embedding Inference plugin: the first key of `model_type` must be `reranker`.
    let request = server.client.get(server.url("/info"));
    let info = request.bearer_auth(KEY).send().await.expect("an answer");
    let info = info.text().await.expect("text");
    assert!(info.contains(r#""model_type":{"reranker":"#), "{info}");
    let parsed: Value = serde_json::from_str(&info).expect("JSON");
    assert_eq!(parsed["max_input_length"], MAX_WORDS);
    assert_eq!(parsed["max_client_batch_size"], MAX_INFERENCE_TEXTS);
    let body = json!({"query": QUERY, "texts": TEXTS, "return_text": true});
    let ranks = send(&server, "/rerank", &body, Some(&bearer)).await;
    assert_eq!(
        (&ranks[0]["index"], &ranks[0]["text"]),
        (&json!(1), &json!(TEXTS[1]))
    );
    assert!(
        ranks[0]["score"].as_f64() > ranks[1]["score"].as_f64(),
        "{ranks}"
    );
    server.stop().await;

    // Without a key the plugin sends an empty header.
    let server = self::server(None).await;
    let body = json!({"model": "default", "query": QUERY, "documents": TEXTS, "top_n": 3});
    check_results(&send(&server, "/v1/rerank", &body, Some("")).await);
    server.stop().await;
}

#[tokio::test]
async fn open_webui_is_understood() {
    let server = server(Some(KEY)).await;
    let body =
        json!({"model": "default", "query": QUERY, "documents": TEXTS, "top_n": TEXTS.len()});
    let request = server
        .client
        .post(server.url("/v1/rerank"))
        .bearer_auth(KEY)
        .header("X-OpenWebUI-User-Name", "Ada")
        .header("X-OpenWebUI-User-Id", "1")
        .header("X-OpenWebUI-User-Email", "ada@example.org")
        .header("X-OpenWebUI-User-Role", "user")
        .json(&body);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    check_results(&response.json().await.expect("JSON"));
    server.stop().await;
}
