//! Vectors on a Qdrant server that stops and comes back, seen by a client.

use std::time::{Duration, Instant};

use reqwest::multipart::Form;
use riddle_test_qdrant::TestQdrant;
use serde_json::{Value, json};

use crate::support::{Server, file};

/// How long a test waits for what will happen: a server that failed is left alone for a while.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const SEARCH: &str = "/api/v1/knowledge-bases/handbook/search";

async fn search(server: &Server, mode: &str) -> reqwest::Response {
    let body = json!({"query": "Which port does the server listen on?", "mode": mode});
    server.post(SEARCH, &body).await
}

fn codes(of: &Value) -> Vec<&str> {
    let notices = of["notices"].as_array().expect("a list").iter();
    notices
        .map(|notice| notice["code"].as_str().expect("a code"))
        .collect()
}

/// Searches until the vectors are searched too.
async fn until_whole(server: &Server) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let found: Value = search(server, "hybrid").await.json().await.expect("JSON");
        if found["mode"] == "hybrid" {
            return found;
        }
        assert!(Instant::now() < until, "{found}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[tokio::test]
async fn while_the_server_is_away_words_are_searched_and_a_document_waits() {
    let qdrant = TestQdrant::start();
    let server = Server::start_with_vectors_on(&qdrant).await;
    server.add_documents("handbook").await;
    assert_eq!(qdrant.collections().len(), 2);
    let whole = until_whole(&server).await;
    assert!(!codes(&whole).contains(&"vectors_unavailable"));

    qdrant.stop();
    let words: Value = search(&server, "hybrid").await.json().await.expect("JSON");
    assert_eq!(words["mode"], "bm25");
    assert!(codes(&words).contains(&"vectors_unavailable"), "{words}");
    assert!(!words["hits"].as_array().expect("hits").is_empty());
    let refused = search(&server, "dense").await;
    assert_eq!(refused.status(), 503);
    let refused: Value = refused.json().await.expect("JSON");
    assert_eq!(refused["code"], "unhealthy");
    assert!(
        refused["message"]
            .as_str()
            .expect("a text")
            .contains("Qdrant server")
    );

    let form = Form::new().part("file", file("tea.md", "Tea is served at four."));
    let accepted = server.upload("handbook", form).await;
    let accepted: Value = accepted.json().await.expect("JSON");
    let health: Value = server
        .get("/api/v1/health")
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(health["ok"], false);
    assert!(codes(&health).contains(&"vectors_away"), "{health}");

    qdrant.resume();
    let last = server.finished(&accepted["documents"][0]).await;
    assert_eq!(last["status"], "ready");
    let whole = until_whole(&server).await;
    assert!(!codes(&whole).contains(&"vectors_unavailable"));
    let health: Value = server
        .get("/api/v1/health")
        .await
        .json()
        .await
        .expect("JSON");
    assert!(!codes(&health).contains(&"vectors_away"), "{health}");
    let asked = json!({"vectors": true});
    let audit = server.post("/api/v1/audit", &asked).await;
    let audit: Value = audit.json().await.expect("JSON");
    assert_eq!(audit["consistent"], true, "{audit}");
    assert_eq!(audit["vectors"]["not_found"], 0, "{audit}");
    assert!(audit["vectors"]["checked"].as_u64() > Some(0), "{audit}");
    server.stop().await;
}

#[tokio::test]
async fn a_collection_that_is_deleted_while_the_server_runs_is_filled_again() {
    let qdrant = TestQdrant::start();
    let server = Server::start_with_vectors_on(&qdrant).await;
    server.add_documents("handbook").await;
    let lost = qdrant.collections();
    let lost = lost.iter().find(|name| !name.ends_with("-position"));
    qdrant.lose(lost.expect("a collection with vectors"));

    let words: Value = search(&server, "hybrid").await.json().await.expect("JSON");
    assert!(codes(&words).contains(&"vectors_unavailable"), "{words}");
    // The next change has the indexer look at once.
    server
        .add_ready("handbook", "tea.md", "Tea is served at four.")
        .await;
    let until = Instant::now() + PATIENCE;
    loop {
        let found: Value = search(&server, "dense").await.json().await.expect("JSON");
        if found["hits"].as_array().is_some_and(|hits| hits.len() == 3) {
            break;
        }
        assert!(Instant::now() < until, "{found}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    server.stop().await;
}
