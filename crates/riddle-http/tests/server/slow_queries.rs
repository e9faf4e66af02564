//! The log of slow queries.

use std::sync::Arc;
use std::time::Duration;

use riddle_testkit::FakeModels;
use serde_json::{Value, json};

use crate::log::Log;
use crate::support::Server;

const QUESTION: &str = "Which zephyrous port does the server listen on?";
/// A word of the question that is nowhere else.
const OWN_WORD: &str = "zephyrous";

async fn server_logging(slow_query: Option<Duration>) -> (Server, Value) {
    let models = Arc::new(
        FakeModels::default()
            .with_embedder()
            .with_reranker(Arc::default()),
    );
    let server = Server::start_logging_slow(slow_query, models, |_options| {}).await;
    server.add_documents("manuals").await;
    let base = server.get_json("/api/v1/knowledge-bases/manuals").await;
    (server, base["id"].clone())
}

/// One query of each kind.
async fn ask_everything(server: &Server) {
    let base = "/api/v1/knowledge-bases/manuals";
    let queries = [
        (format!("{base}/search"), json!({"query": QUESTION})),
        (format!("{base}/ask"), json!({"question": QUESTION})),
        (format!("{base}/compare"), json!({"question": QUESTION})),
    ];
    for (path, body) in queries {
        let response = server.post(&path, &body).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.expect("the answer ends");
    }
    let chat = server.create_chat(&["manuals"]).await;
    server.say(&chat, &json!({"question": QUESTION})).await;
}

/// The lines about queries of this knowledge base.
fn slow_queries(log: &Log, base: &Value) -> Vec<Value> {
    let mut lines = log.lines();
    lines.retain(|line| line["fields"]["message"] == "slow query");
    lines.retain(|line| line["fields"]["knowledge_bases"] == *base);
    lines
}

#[tokio::test]
async fn each_query_that_takes_long_has_one_line_with_its_stages_and_without_its_words() {
    let log = Log::of_process();
    let (server, base) = server_logging(Some(Duration::from_nanos(1))).await;
    ask_everything(&server).await;
    server.stop().await;

    let lines = slow_queries(&log, &base);
    let kinds: Vec<&Value> = lines.iter().map(|line| &line["fields"]["kind"]).collect();
    assert_eq!(kinds, ["search", "answer", "comparison", "answer"]);
    for line in &lines {
        assert_eq!(line["level"], "WARN");
        let fields = &line["fields"];
        for number in ["total_ms", "bm25_ms", "fuse_ms", "candidates"] {
            assert!(fields[number].is_number(), "{number} in {line}");
        }
        assert!(fields["reranker"].is_string(), "{line}");
        assert!(!fields.to_string().contains(OWN_WORD), "{line}");
        let spans = line["spans"].as_array().expect("spans");
        assert!(spans[0]["request_id"].is_string(), "{line}");
    }
    for field in ["without_rerank.total_ms", "with_rerank.rerank_ms"] {
        assert!(
            lines[2]["fields"][field].is_number(),
            "{field} in {}",
            lines[2]
        );
    }
    let all = log.lines();
    let tells = |line: &&Value| line.to_string().contains(OWN_WORD);
    assert_eq!(all.iter().find(tells), None);
}

#[tokio::test]
async fn queries_below_the_bound_or_without_one_are_not_logged() {
    let log = Log::of_process();
    for slow_query in [None, Some(Duration::from_secs(3_600))] {
        let (server, base) = server_logging(slow_query).await;
        ask_everything(&server).await;
        server.stop().await;
        assert_eq!(slow_queries(&log, &base), Vec::<Value>::new());
    }
}
