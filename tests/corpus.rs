//! All kinds of real, hostile and broken files go through the real server.
#![expect(
    clippy::print_stderr,
    reason = "the table by format is a result of the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Server, shared_data};

#[tokio::test]
async fn every_file_becomes_ready_or_failed_with_a_reason() {
    let Some(documents) = shared_data("documents") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(folder.path()).await;
    server.create("kb").await;
    let mut formats = BTreeMap::new();
    for path in files(&documents) {
        let format = path
            .parent()
            .and_then(Path::file_name)
            .expect("a folder")
            .to_string_lossy()
            .into_owned();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let answer = server
            .add_file("kb", &name, std::fs::read(&path).expect("a readable file"))
            .await;
        let id = answer["documents"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {answer}"))
            .to_owned();
        formats.insert(id, format);
    }
    server.settle().await;
    assert!(!server.has_ended(), "the server is alive");
    let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (id, format) in &formats {
        let document = server.document(id).await;
        let outcome = outcome(&document);
        *table
            .entry(format.clone())
            .or_default()
            .entry(outcome)
            .or_default() += 1;
    }
    print(&table);
    let ready: usize = table
        .values()
        .filter_map(|outcomes| outcomes.get("ready"))
        .sum();
    assert!(
        ready * 3 > formats.len() * 2,
        "most files have text: {ready} of {}",
        formats.len()
    );
    let audit = server
        .post("/api/v1/audit", serde_json::json!({"repair": false}))
        .await;
    assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
}

fn outcome(document: &Value) -> String {
    match document["status"].as_str() {
        Some("ready") => {
            assert!(
                document["chunk_count"].as_u64() > Some(0),
                "ready means that something can be found: {document}"
            );
            "ready".to_owned()
        }
        Some("failed") => {
            assert!(
                document["failure"]["message"]
                    .as_str()
                    .is_some_and(|message| message.len() > 20),
                "{document}"
            );
            document["failure"]["code"]
                .as_str()
                .expect("a code")
                .to_owned()
        }
        _ => panic!("neither ready nor failed: {document}"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for format in std::fs::read_dir(folder).expect("a folder").flatten() {
        if format.file_name() != "expected" && format.path().is_dir() {
            files.extend(
                std::fs::read_dir(format.path())
                    .expect("a folder")
                    .flatten()
                    .map(|entry| entry.path()),
            );
        }
    }
    files.retain(|path| path.is_file());
    files.sort();
    files
}

fn print(table: &BTreeMap<String, BTreeMap<String, usize>>) {
    for (format, outcomes) in table {
        let outcomes: Vec<String> = outcomes
            .iter()
            .map(|(outcome, count)| format!("{outcome} {count}"))
            .collect();
        eprintln!("{format:<12} {}", outcomes.join(", "));
    }
}
