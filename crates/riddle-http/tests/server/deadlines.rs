use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_testkit::{FakeModels, WordReranker};
use serde_json::{Value, json};

use crate::support::Server;

const BASE: &str = "/api/v1/knowledge-bases/manuals";
const QUERY: &str = "the server the port a cake";
/// Both documents say something about it.
const QUESTION: &str = "Which port does the server listen on, and how long does a cake bake?";
const DEADLINE_MS: u64 = 200;

async fn server(models: &Arc<WordReranker>) -> Server {
    let provider = Arc::new(FakeModels::default().with_reranker(Arc::clone(models)));
    Server::with_documents_and(provider, "manuals").await
}

/// The answer to a search, and that it came no earlier than its deadline, while the model was still held.
async fn search(server: &Server, models: &WordReranker) -> Value {
    let started = Instant::now();
    let body = json!({"query": QUERY, "rerank_deadline_ms": DEADLINE_MS});
    let response = server.post(&format!("{BASE}/search"), &body).await;
    assert_eq!(response.status(), 200);
    let found = response.json().await.expect("JSON");
    let took = started.elapsed();
    let deadline = Duration::from_millis(DEADLINE_MS);
    assert!(took >= deadline, "{took:?}");
    assert!(
        !models.gate.gave_up() && !models.loading.gave_up(),
        "the search waited for the model"
    );
    found
}

fn names(found: &Value) -> Vec<Value> {
    let hits = found["hits"].as_array().expect("a list").iter();
    hits.map(|hit| hit["document"]["name"].clone()).collect()
}

async fn fused(server: &Server) -> Vec<Value> {
    let body = json!({"query": QUERY, "rerank": false});
    let response = server.post(&format!("{BASE}/search"), &body).await;
    names(&response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_slow_request_delays_no_other_past_its_deadline() {
    let models = Arc::<WordReranker>::default();
    let server = server(&models).await;
    let fused = fused(&server).await;
    assert_eq!(fused.len(), 2);
    models.gate.hold(true);
    let body = json!({"query": "q", "texts": vec!["x"; 400]});
    let slow = server.client.post(server.url("/rerank")).json(&body).send();
    let slow = tokio::spawn(slow);
    while models.calls() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let searches = [(); 3].map(|()| search(&server, &models));
    for found in futures_util::future::join_all(searches).await {
        assert_eq!(names(&found), fused);
        let report = &found["rerank"];
        assert_eq!(report["status"], "failed");
        assert_eq!(report["reason_code"], "deadline_passed");
        assert_eq!(report["model"], "by-words");
        assert_eq!(
            (&report["pairs"], &report["unscored_pairs"]),
            (&json!(0), &json!(2))
        );
        assert!(report["queue_ms"].as_f64().expect("a time") >= DEADLINE_MS as f64);
    }
    assert_eq!(models.calls(), 1, "it is still held");
    models.gate.hold(false);
    let slow = slow.await.expect("joins").expect("an answer");
    assert_eq!(slow.status(), 200);
    let scores: Value = slow.json().await.expect("JSON");
    assert_eq!(scores.as_array().expect("a list").len(), 400);
    server.stop().await;
}

#[tokio::test]
async fn a_reranker_that_is_being_loaded_delays_no_search_past_its_deadline() {
    let models = Arc::new(WordReranker::loading());
    let server = server(&models).await;
    let fused = fused(&server).await;
    let found = search(&server, &models).await;
    assert_eq!(names(&found), fused);
    let report = &found["rerank"];
    assert_eq!(report["status"], "skipped");
    assert_eq!(report["reason_code"], "loading");
    let reason = report["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("by-words is still being loaded"),
        "{reason}"
    );
    assert_eq!(
        (&report["pairs"], &report["unscored_pairs"]),
        (&json!(0), &json!(2))
    );
    let body = json!({"question": QUESTION, "rerank_deadline_ms": DEADLINE_MS});
    let answer = server.post(&format!("{BASE}/ask"), &body).await;
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["rerank"]["reason_code"], "loading");
    let text = answer["answer"].as_str().expect("text");
    assert!(text.contains("7180"), "{answer}");

    models.loading.hold(false);
    let body = json!({"query": QUERY, "rerank_deadline_ms": 20_000});
    let found = server.post(&format!("{BASE}/search"), &body).await;
    let found: Value = found.json().await.expect("JSON");
    assert_eq!(found["rerank"]["status"], "applied");
    server.stop().await;
}
