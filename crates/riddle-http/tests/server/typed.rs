//! What the server writes is read back as the types that clients share with it, without loss.

use std::sync::Arc;

use riddle_api::{
    AnswerDto, AuditDto, ChatDto, ChatListDto, ChunkHistoryDto, ChunkListDto, CohereRerankDto,
    ComparisonDto, ComparisonListDto, DocumentDto, DocumentListDto, ErrorBody, ExampleListDto,
    HealthDto, KnowledgeBaseDto, KnowledgeBaseListDto, SearchDto, SystemDto,
};
use riddle_testkit::FakeModels;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::Server;

const BASE: &str = "/api/v1/knowledge-bases/manuals";

/// Reads an answer as `T` and writes it again.
async fn check<T: DeserializeOwned + Serialize>(response: reqwest::Response) -> Value {
    let path = response.url().path().to_owned();
    let answer = response.text().await.expect("text");
    let typed: T = serde_json::from_str(&answer).expect(&path);
    let written = serde_json::to_string(&typed).expect("serializes");
    let [answer, written] =
        [answer, written].map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
    assert_eq!(written, answer, "{path}");
    answer
}

fn text<'a>(answer: &'a Value, pointer: &str) -> &'a str {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .expect(pointer)
}

#[tokio::test]
async fn documents_and_settings_are_read_back() {
    let server = Server::with_documents("manuals").await;
    check::<KnowledgeBaseDto>(server.get(BASE).await).await;
    check::<KnowledgeBaseListDto>(server.get("/api/v1/knowledge-bases").await).await;
    let examples = server.get(&format!("{BASE}/examples")).await;
    let examples = check::<ExampleListDto>(examples).await;
    assert!(examples["examples"].is_array(), "{examples}");
    let documents = server.get(&format!("{BASE}/documents")).await;
    let documents = check::<DocumentListDto>(documents).await;
    let document = format!("/api/v1/documents/{}", text(&documents, "/documents/0/id"));
    check::<DocumentDto>(server.get(&document).await).await;
    let chunks = check::<ChunkListDto>(server.get(&format!("{document}/chunks")).await).await;
    let history = format!("/api/v1/chunks/{}/history", text(&chunks, "/chunks/0/id"));
    check::<ChunkHistoryDto>(server.get(&history).await).await;
    check::<HealthDto>(server.get("/api/v1/health").await).await;
    check::<SystemDto>(server.get("/api/v1/system").await).await;
    check::<AuditDto>(server.post("/api/v1/audit", &json!({})).await).await;
    check::<ErrorBody>(server.get("/api/v1/knowledge-bases/absent").await).await;
    server.stop().await;
}

#[tokio::test]
async fn searches_and_answers_are_read_back() {
    let models = Arc::new(FakeModels::default().with_reranker(Arc::default()));
    let server = Server::with_documents_and(models, "manuals").await;
    let search = json!({"query": "a port for cakes", "explain": true});
    let found = check::<SearchDto>(server.post(&format!("{BASE}/search"), &search).await).await;
    assert!(found["hits"][0]["rerank"]["score"].is_number(), "{found}");
    let question = json!({"question": "Which port does the server listen on?"});
    check::<AnswerDto>(server.post(&format!("{BASE}/ask"), &question).await).await;
    let compared = server.post(&format!("{BASE}/compare"), &question).await;
    check::<ComparisonDto>(compared).await;
    check::<ComparisonListDto>(server.get("/api/v1/comparisons").await).await;
    let chat = json!({"knowledge_bases": ["manuals"]});
    let chat: Value = server
        .post("/api/v1/chats", &chat)
        .await
        .json()
        .await
        .expect("JSON");
    let chat = format!("/api/v1/chats/{}", text(&chat, "/id"));
    let asked = server.post(&format!("{chat}/messages"), &question).await;
    asked.text().await.expect("the whole answer");
    let kept = check::<ChatDto>(server.get(&chat).await).await;
    assert_eq!(kept["messages"][1]["role"], "assistant", "{kept}");
    check::<ChatListDto>(server.get("/api/v1/chats").await).await;
    let pairs = json!({"query": "a port", "documents": ["the port", "a cake"]});
    check::<CohereRerankDto>(server.post("/v2/rerank", &pairs).await).await;
    server.stop().await;
}
