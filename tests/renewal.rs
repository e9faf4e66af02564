//! An index that an earlier version of the analyser has filled is searched while it is renewed, through kills too.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::{Server, hit_names};

const DOCUMENTS: usize = 24;

#[tokio::test]
async fn an_index_of_an_earlier_analyser_is_searched_and_renewed_through_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(folder.path()).await;
    server.create("kb").await;
    for n in 0..DOCUMENTS {
        let text = format!("The lighthouse x{n} is painted every spring.");
        server
            .add_text("kb", &format!("{n}.md"), &text, json!({}))
            .await;
    }
    server.settle().await;
    server.kill();
    let (present, _) = analyser_of(folder.path());
    make_outdated(folder.path());

    for point in ["index-applied:1", "outbox-trimmed:1"] {
        // The server may be gone before it is ready.
        if let Some(mut server) = Server::try_start(folder.path(), &["--kill-at", point]).await {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.kill();
        }
    }
    let server = Server::start(folder.path()).await;
    let query = json!({"query": "lighthouse x7", "mode": "bm25", "rerank": false});
    let found = server.search("kb", query.clone()).await;
    assert_eq!(hit_names(&found).first(), Some(&"7.md"), "{found}");
    server.settle().await;
    let found = server.search("kb", query).await;
    assert_eq!(hit_names(&found).first(), Some(&"7.md"), "{found}");
    assert_eq!(analyser_of(folder.path()), (present, false));
    let audit = server.post("/api/v1/audit", json!({"repair": false})).await;
    assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
    let aside = std::fs::read_dir(folder.path().join("index")).expect("the indexes");
    let names: Vec<_> = aside
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().contains("broken")),
        "{names:?}"
    );
}

/// The version of the analyser that the last commit names, and whether it says that a renewal is on its way.
fn analyser_of(folder: &Path) -> (u64, bool) {
    let meta = std::fs::read_to_string(folder.join("index/bm25-v1/meta.json")).expect("a commit");
    let meta: serde_json::Value = serde_json::from_str(&meta).expect("JSON");
    let payload = meta["payload"].as_str().expect("a payload");
    let payload: serde_json::Value = serde_json::from_str(payload).expect("JSON");
    let version = payload["analyser"].as_u64().expect("a version");
    (version, payload.get("renewal").is_some())
}

fn make_outdated(folder: &Path) {
    let path = folder.join("index/bm25-v1/meta.json");
    let meta = std::fs::read_to_string(&path).expect("a commit");
    let mut meta: serde_json::Value = serde_json::from_str(&meta).expect("JSON");
    let payload = meta["payload"].as_str().expect("a payload");
    let mut payload: serde_json::Value = serde_json::from_str(payload).expect("JSON");
    payload["analyser"] = json!(1);
    meta["payload"] = json!(payload.to_string());
    std::fs::write(path, meta.to_string()).expect("written");
}
