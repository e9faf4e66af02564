//! Traces of the real server, as a collector receives them.

mod collector;

use std::net::TcpListener;
use std::path::Path;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::Server;
use collector::{Collector, TraceSpan};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
/// As OTLP has it.
const KIND_SERVER: i32 = 2;
/// Words that are only in a document, in its name, in a question and in the key.
const SECRETS: [&str; 4] = ["quokka", "wombat", "zephyrous", "platypus"];
const KEY: &str = "platypus-0123456789abcdef0123456789abcdef";

async fn send(request: RequestBuilder, id: &str) -> String {
    let response = request.header("x-request-id", id).send().await;
    let response = response.expect("the server answers");
    let status = response.status();
    let text = response.text().await.expect("the answer ends");
    assert!(status.is_success(), "{status} {text}");
    text
}

fn search(server: &Server) -> RequestBuilder {
    let path = "/api/v1/knowledge-bases/kb/search";
    let request = server.request(Method::POST, path);
    request.json(&json!({"query": "zephyrous boat"}))
}

fn continued(request: RequestBuilder, flags: &str) -> RequestBuilder {
    request.header("traceparent", format!("00-{TRACE}-{CALLER}-{flags}"))
}

/// A document, a search in a client's trace and a question in a chat.
async fn use_everything(server: &Server) {
    server.create("kb").await;
    let path = "/api/v1/knowledge-bases/kb/documents";
    let body = json!({"name": "wombat.md", "text": "# Pier\n\nThe quokka boat leaves at seven."});
    send(server.request(Method::POST, path).json(&body), "upload-1").await;
    server.settle().await;
    send(continued(search(server), "01"), "search-1").await;
    let chat = json!({"knowledge_bases": ["kb"]});
    let chat = server.post("/api/v1/chats", chat).await;
    let path = format!(
        "/api/v1/chats/{}/messages",
        chat["id"].as_str().expect("an id")
    );
    let body = json!({"question": "When does the zephyrous boat leave?"});
    send(server.request(Method::POST, &path).json(&body), "chat-1").await;
}

async fn start(folder: &Path, endpoint: &str) -> Server {
    let key = folder.join("key");
    std::fs::write(&key, KEY).expect("a file");
    let key = key.to_str().expect("UTF-8");
    let arguments = ["--otlp-endpoint", endpoint, "--api-key-file", key];
    let server = Server::start_with(folder, &arguments).await;
    server.with_key(KEY)
}

/// The one span that has this name and this request id.
fn the<'a>(spans: &'a [TraceSpan], name: &str, request_id: &str) -> &'a TraceSpan {
    let mut found = spans
        .iter()
        .filter(|span| span.name == name && span.text("request_id").as_deref() == Some(request_id));
    let span = found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {spans:?}"));
    assert!(found.next().is_none(), "two {name}");
    span
}

#[tokio::test]
async fn requests_jobs_and_chats_reach_the_collector_without_a_word_of_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = Collector::start();
    let server = start(folder.path(), &collector.endpoint()).await;
    use_everything(&server).await;
    server.stop();

    let spans = collector.spans();
    let route = "/api/v1/knowledge-bases/{kb}/search";
    let search = the(&spans, &format!("POST {route}"), "search-1");
    assert_eq!(search.trace, TRACE);
    assert_eq!(search.parent, CALLER);
    assert_eq!(search.kind, KIND_SERVER);
    assert_eq!(search.text("http.route").as_deref(), Some(route));
    assert_eq!(search.text("http.request.method").as_deref(), Some("POST"));
    assert_eq!(search.number("http.response.status_code"), Some(200));
    let stages = spans.iter().filter(|span| span.parent == search.id);
    let names: Vec<&str> = stages.map(|span| span.name.as_str()).collect();
    assert!(names.contains(&"retrieve"), "{names:?}");

    let upload = the(
        &spans,
        "POST /api/v1/knowledge-bases/{kb}/documents",
        "upload-1",
    );
    let ingest = the(&spans, "ingest", "upload-1");
    assert!(ingest.text("document").is_some(), "{ingest:?}");
    assert!(ingest.text("knowledge_base").is_some(), "{ingest:?}");
    assert_ne!(ingest.trace, upload.trace);

    let index = spans.iter().find(|span| span.name == "index");
    let index = index.expect("the work of the indexer");
    assert!(
        index.number("rows").is_some_and(|rows| rows > 0),
        "{index:?}"
    );
    assert!(index.parent.is_empty(), "{index:?}");
    assert!(index.trace != ingest.trace && index.trace != upload.trace);

    let question = the(&spans, "POST /api/v1/chats/{id}/messages", "chat-1");
    let turn = spans.iter().find(|span| span.name == "chat_turn");
    let turn = turn.expect("the task of the chat");
    assert_eq!((&turn.trace, &turn.parent), (&question.trace, &question.id));
    let answer = spans.iter().find(|span| span.name == "answer");
    assert_eq!(answer.map(|span| &span.parent), Some(&turn.id));

    for service in spans.iter().map(|span| &span.service) {
        assert_eq!(service, "riddle");
    }
    for secret in SECRETS {
        assert!(!collector.has_received(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_document_that_waits_across_a_restart_keeps_its_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = Collector::start();
    let mut server = Server::start_with(folder.path(), &["--kill-at", "document-accepted:1"]).await;
    server.create("kb").await;
    let path = "/api/v1/knowledge-bases/kb/documents";
    let body = json!({"name": "late.md", "text": "It waits."});
    let request = server.request(Method::POST, path).json(&body);
    let answer = request.header("x-request-id", "upload-2").send().await;
    assert!(answer.is_err(), "the server is killed before it answers");
    server.kill();

    let server = start(folder.path(), &collector.endpoint()).await;
    server.settle().await;
    server.stop();
    the(&collector.spans(), "ingest", "upload-2");
}

#[tokio::test]
async fn the_configuration_says_which_traces_are_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = Collector::start();
    let config = format!(
        "[telemetry]\notlp_endpoint = {:?}\nservice_name = \"riddle-test\"\nsampling_ratio = 0\n",
        collector.endpoint()
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    send(search(&server), "own").await;
    send(continued(search(&server), "01"), "sampled").await;
    send(continued(search(&server), "00"), "unsampled").await;
    server.stop();

    let spans = collector.spans();
    let requests = spans.iter().filter(|span| span.kind == KIND_SERVER);
    let ids: Vec<Option<String>> = requests.map(|span| span.text("request_id")).collect();
    assert_eq!(ids, [Some("sampled".to_owned())]);
    for span in &spans {
        assert_eq!(
            (span.trace.as_str(), span.service.as_str()),
            (TRACE, "riddle-test")
        );
    }
}

#[tokio::test]
async fn a_collector_that_is_down_fails_nothing_and_is_told_of_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let server = start(folder.path(), &endpoint).await;
    use_everything(&server).await;
    server.stop();
    let log = std::fs::read_to_string(folder.path().join("test.log")).expect("a log");
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = lines.filter(|line| {
        let message = line["fields"]["message"].as_str().unwrap_or_default();
        message.starts_with("traces cannot be exported")
    });
    assert_eq!(told.count(), 1, "{log}");
}

#[tokio::test]
async fn a_collector_that_never_answers_keeps_no_server_from_ending() {
    let folder = tempfile::tempdir().expect("a folder");
    // Connections wait in its queue for ever.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
    let server = start(folder.path(), &endpoint).await;
    use_everything(&server).await;
    server.stop();
}
