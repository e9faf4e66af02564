//! All kinds of real, hostile and broken files go through the real server.
#![expect(
    clippy::print_stderr,
    reason = "the table by format is a result of the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use riddle_test_support::shared_data;
use serde_json::Value;

use crate::support::{Server, root};

/// What became of a file: `ready` or the code of the failure.
type Outcomes = BTreeMap<PathBuf, String>;

/// Documents of the repository, of which `scripts/reference/documents.py` knows what comes of them.
#[tokio::test]
async fn a_document_of_each_format_becomes_ready_or_failed_with_its_reason() {
    let folder = root().join("tests/data/documents");
    let expected = std::fs::read_to_string(folder.join("outcomes.tsv")).expect("committed");
    let expected: Outcomes = expected
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split('\t');
            let mut next = || fields.next().expect("a field");
            let (name, outcome) = (next(), next());
            let outcome = if outcome == "text" { "ready" } else { outcome };
            (folder.join(name), outcome.to_owned())
        })
        .collect();
    let paths = expected.keys().cloned().collect();
    assert_eq!(outcomes(paths).await, expected);
}

#[tokio::test]
async fn every_file_becomes_ready_or_failed_with_a_reason() {
    let Some(documents) = shared_data("documents") else {
        return;
    };
    let outcomes = outcomes(files(&documents)).await;
    print(&outcomes);
    let ready = outcomes.values().filter(|outcome| *outcome == "ready");
    let ready = ready.count();
    assert!(
        ready * 3 > outcomes.len() * 2,
        "most files have text: {ready} of {}",
        outcomes.len()
    );
}

/// Puts the files through a server.
async fn outcomes(paths: Vec<PathBuf>) -> Outcomes {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(folder.path()).await;
    server.create("kb").await;
    let mut ids = BTreeMap::new();
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy();
        let bytes = std::fs::read(&path).expect("a readable file");
        let answer = server.add_file("kb", &name, bytes).await;
        let id = answer["documents"][0]["id"].as_str();
        let id = id.unwrap_or_else(|| panic!("{name}: {answer}")).to_owned();
        ids.insert(path, id);
    }
    server.settle().await;
    assert!(!server.has_ended(), "the server is alive");
    let mut outcomes = Outcomes::new();
    for (path, id) in ids {
        outcomes.insert(path, outcome(&server.document(&id).await));
    }
    let audit = server
        .post("/api/v1/audit", serde_json::json!({"repair": false}))
        .await;
    assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
    outcomes
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

/// Prints how many files of each folder came out how.
fn print(outcomes: &Outcomes) {
    let mut table: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (path, outcome) in outcomes {
        let folder = path.parent().and_then(Path::file_name).expect("a folder");
        let folder = folder.to_string_lossy().into_owned();
        *table.entry((folder, outcome)).or_default() += 1;
    }
    for ((folder, outcome), count) in table {
        eprintln!("{folder:<12} {outcome} {count}");
    }
}
