//! Panics of models, as clients and the log see them.

use std::sync::Arc;

use riddle_testkit::{ENDS, FakeModels};
use serde_json::{Value, json};

use crate::chats::last;
use crate::log::Log;
use crate::support::Server;

const SEARCH: &str = "/api/v1/knowledge-bases/manuals/search";
/// Makes the fake models panic.
const BOOM: &str = "Does the port go boom?";

async fn server() -> (Log, Server) {
    let log = Log::of_process();
    let models = Arc::new(
        FakeModels::default()
            .with_embedder()
            .with_reranker(Arc::default()),
    );
    (log, Server::with_documents_and(models, "manuals").await)
}

fn check_logged(log: &Log, request_id: &Value) {
    let request_id = request_id.as_str().expect("an id");
    let errors = log.errors_of(request_id);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let detail = errors[0]["fields"]["detail"].as_str().expect("a detail");
    assert!(detail.contains("was told to panic"), "{detail}");
}

async fn check_internal(log: &Log, server: &Server, path: &str, body: Value) -> Value {
    let response = server.post(path, &body).await;
    assert_eq!(response.status(), 500, "{path}");
    let error: Value = response.json().await.expect("JSON");
    assert_eq!(error["code"], "internal");
    let text = error.to_string();
    assert!(!text.contains("panic"), "{text}");
    let id = ["request_id", "id"].map(|key| error[key].clone());
    check_logged(log, id.iter().find(|id| id.is_string()).expect("an id"));
    error
}

async fn internal_errors(server: &Server) -> u64 {
    let text = server.get("/metrics").await.text().await.expect("text");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("riddle_internal_errors_total "));
    line.expect("the counter").parse().expect("a number")
}

#[tokio::test]
async fn a_panic_of_the_embedder_in_a_search_is_an_internal_error() {
    let (log, server) = server().await;
    let before = internal_errors(&server).await;
    check_internal(&log, &server, SEARCH, json!({"query": BOOM})).await;
    assert!(internal_errors(&server).await > before, "it is counted");
    // The model goes on.
    let response = server.post(SEARCH, &json!({"query": "Which port?"})).await;
    assert_eq!(response.status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn a_panic_of_the_reranker_is_an_internal_error() {
    let (log, server) = server().await;
    let body = json!({"query": BOOM, "documents": ["one", "two"]});
    check_internal(&log, &server, "/v1/rerank", body).await;
    server.stop().await;
}

#[tokio::test]
async fn a_model_whose_thread_has_ended_answers_the_next_request() {
    let (_log, server) = server().await;
    let doom = format!("Does the port meet its {ENDS}?");
    let search = |text: &str| json!({"query": text});
    let rerank = |text: &str| json!({"query": text, "documents": ["one", "two"]});
    for (path, ends, next) in [
        ("/v1/rerank", rerank(&doom), rerank("Which port?")),
        (SEARCH, search(&doom), search("Which port?")),
    ] {
        assert_eq!(server.post(path, &ends).await.status(), 500, "{path}");
        assert_eq!(server.post(path, &next).await.status(), 200, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_panic_in_a_chat_is_kept_as_a_failure() {
    let (log, server) = server().await;
    let id = server.create_chat(&["manuals"]).await;
    let events = server.say(&id, &json!({"question": BOOM})).await;
    let (name, error) = last(&events);
    assert_eq!((name, &error["code"]), ("error", &json!("internal")));
    check_logged(&log, &error["request_id"]);
    let chat = server.chat(&id).await;
    let reply = &chat["messages"][1];
    assert_eq!(reply["status"], "failed");
    assert_eq!(reply["error"]["code"], "internal");
    server.stop().await;
}
