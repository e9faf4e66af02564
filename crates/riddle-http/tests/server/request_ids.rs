//! One id for a request, in its response and in every line that its work logs.

use reqwest::multipart::Form;
use riddle_testkit::{ChatScript, FakeModels, ScriptedChat};
use serde_json::{Value, json};

use crate::log::Log;
use crate::support::{Server, file};

/// The spans of a line, outermost first.
fn spans(line: &Value) -> &[Value] {
    line["spans"].as_array().map_or(&[], Vec::as_slice)
}

/// Lines with this message in a span with this field.
fn lines_in(log: &Log, message: &str, field: &str, value: &str) -> Vec<Value> {
    let mut lines = log.lines();
    lines.retain(|line| {
        let of_span = |span: &Value| span[field] == value;
        line["fields"]["message"] == message && spans(line).iter().any(of_span)
    });
    lines
}

async fn send(server: &Server, path: &str, id: &str, body: &Value) -> String {
    let request = server.client.post(server.url(path)).json(body);
    let response = request.header("x-request-id", id).send().await;
    let response = response.expect("the server answers");
    assert_eq!(response.headers()["x-request-id"], id);
    response.text().await.expect("the answer ends")
}

#[tokio::test]
async fn the_span_of_a_request_tells_what_became_of_it() {
    let log = Log::of_process();
    let server = Server::start(|_options| {}).await;
    let path = "/api/v1/knowledge-bases/absent/search";
    send(&server, path, "span-1", &json!({"query": "x"})).await;
    let lines = lines_in(&log, "answered", "request_id", "span-1");
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line["fields"]["request_id"], "span-1");
    let span = &spans(line)[0];
    assert_eq!(span["name"], "request");
    assert_eq!(span["http.request.method"], "POST");
    assert_eq!(span["http.route"], "/api/v1/knowledge-bases/{kb}/search");
    assert_eq!(span["http.response.status_code"], 404);
    assert!(span["latency_ms"].as_f64().expect("a time") > 0.0);
    server.stop().await;
}

#[tokio::test]
async fn the_task_of_a_chat_logs_the_id_of_its_question() {
    let log = Log::of_process();
    let models = ScriptedChat::new(ChatScript {
        rewritten: Err(()),
        answer: &["The", " port", " is", " 7180", " [1]."],
        breaks: false,
    });
    let models = std::sync::Arc::new(FakeModels::default().with_chat(models));
    let server = Server::with_documents_and(models, "manuals").await;
    let chat = server.create_chat(&["manuals"]).await;
    let path = format!("/api/v1/chats/{chat}/messages");
    let first = json!({"question": "Which port does the server listen on?"});
    send(&server, &path, "chat-1", &first).await;
    // Building on the first one, it is rewritten, which the script has fail.
    let second = json!({"question": "And which do backups use?"});
    send(&server, &path, "chat-2", &second).await;
    let lines = lines_in(&log, "a question is searched as typed", "chat", &chat);
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    let names: Vec<&Value> = spans(line).iter().map(|span| &span["name"]).collect();
    assert_eq!(names[..2], ["request", "chat_turn"]);
    assert_eq!(spans(line)[0]["request_id"], "chat-2");
    server.stop().await;
}

#[tokio::test]
async fn the_job_of_a_document_logs_the_id_of_its_upload_and_of_its_retry() {
    let log = Log::of_process();
    let server = Server::start(|_options| {}).await;
    let base = server.create_base("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/documents";
    let form = Form::new().part("file", file("empty.md", "\n \n"));
    let request = server.client.post(server.url(path)).multipart(form);
    let request = request.header("x-request-id", "upload-1");
    let response = request.send().await.expect("the server answers");
    let accepted: Value = response.json().await.expect("JSON");
    let document = &accepted["documents"][0];
    assert_eq!(server.finished(document).await["status"], "failed");

    let id = document["id"].as_str().expect("an id");
    let retry = format!("/api/v1/documents/{id}/retry");
    send(&server, &retry, "retry-1", &Value::Null).await;
    assert_eq!(server.finished(document).await["status"], "failed");
    server.stop().await;

    let lines = lines_in(&log, "document failed", "document", id);
    let ids: Vec<&Value> = lines
        .iter()
        .map(|line| &spans(line)[0]["request_id"])
        .collect();
    assert_eq!(ids, ["upload-1", "retry-1"]);
    for line in &lines {
        assert_eq!(spans(line)[0]["name"], "ingest");
        assert_eq!(spans(line)[0]["knowledge_base"], base["id"]);
    }
}
