//! The commands, with a server on the data folder and without.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::{Server, riddle};

fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    riddle(data_dir)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    })
}

fn write_documents(folder: &Path) {
    std::fs::create_dir_all(folder.join("sub")).expect("folders");
    std::fs::write(
        folder.join("keys.md"),
        "# Keys\n\nThe spare key hangs behind the red door.\n",
    )
    .expect("a file");
    std::fs::write(
        folder.join("sub/boat.txt"),
        "The boat leaves at seven from pier nine.",
    )
    .expect("a file");
    std::fs::write(folder.join("empty.txt"), "").expect("a file");
}

#[test]
fn commands_work_without_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    work(&folder.path().join("data"), &documents);
}

#[tokio::test]
async fn commands_work_beside_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    let data_dir = folder.path().join("data");
    std::fs::create_dir_all(&data_dir).expect("a folder");
    let server = Server::start(&data_dir).await;
    let second = run(&data_dir, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(
        second.status.code(),
        Some(1),
        "a second process never opens the stores"
    );
    assert!(String::from_utf8_lossy(&second.stderr).contains("already runs"));
    let arguments = (data_dir.clone(), documents.clone());
    tokio::task::spawn_blocking(move || work(&arguments.0, &arguments.1))
        .await
        .expect("works");
    server.stop();
}

fn work(data_dir: &Path, documents: &Path) {
    let folder = documents.to_str().expect("UTF-8");
    let ingested = run(
        data_dir,
        &["ingest", "kb", folder, "--metadata", "team=sea", "--json"],
    );
    assert_eq!(
        ingested.status.code(),
        Some(5),
        "one of three files is empty"
    );
    let report = json(&ingested);
    assert_eq!(report["created"], 3, "{report}");
    assert_eq!(
        report["failed"][0]["failure"]["code"], "no_text",
        "{report}"
    );

    let again = json(&run(
        data_dir,
        &["ingest", "kb", folder, "--metadata", "team=sea", "--json"],
    ));
    assert_eq!(again["created"], 0, "{again}");

    let found = json(&run(
        data_dir,
        &["search", "kb", "where is the spare key?", "--json"],
    ));
    assert_eq!(
        found["hits"][0]["document"]["name"], "documents/keys.md",
        "{found}"
    );
    let filtered = json(&run(
        data_dir,
        &[
            "search",
            "kb",
            "key",
            "--filter",
            r#"{"team": "land"}"#,
            "--json",
        ],
    ));
    assert_eq!(filtered["hits"], serde_json::json!([]));

    answer(data_dir);
    manage(data_dir);
}

/// Answers and compares.
fn answer(data_dir: &Path) {
    let asked = run(data_dir, &["ask", "kb", "When does the boat leave?"]);
    let text = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    assert!(
        text.contains("seven") && text.contains("[1]") && text.contains("boat.txt"),
        "{text}"
    );

    let compared = json(&run(
        data_dir,
        &["compare", "kb", "When does the boat leave?", "--json"],
    ));
    assert!(compared["total_ratio"].as_f64() > Some(0.0), "{compared}");
}

/// Lists, examines, and fails as it should.
fn manage(data_dir: &Path) {
    let listed = json(&run(data_dir, &["kb", "list", "--json"]));
    assert_eq!(listed["knowledge_bases"][0]["name"], "kb", "{listed}");
    let failed = json(&run(
        data_dir,
        &["docs", "list", "kb", "--status", "failed", "--json"],
    ));
    assert_eq!(failed.as_array().map(Vec::len), Some(1), "{failed}");

    let doctor = run(data_dir, &["doctor", "--json"]);
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stderr)
    );
    assert_eq!(
        json(&doctor)["audit"]["knowledge_bases"][0]["consistent"],
        true
    );

    assert_eq!(
        run(data_dir, &["search", "none", "x"]).status.code(),
        Some(3)
    );
    assert_eq!(
        run(data_dir, &["search", "kb", "x", "--top-k", "0"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        run(data_dir, &["kb", "delete", "kb"]).status.code(),
        Some(1)
    );
    assert!(
        run(data_dir, &["kb", "delete", "kb", "--yes"])
            .status
            .success()
    );
}

#[test]
fn a_rebuild_brings_lost_indexes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    let data_dir = folder.path().join("data");
    run(
        &data_dir,
        &["ingest", "kb", documents.to_str().expect("UTF-8")],
    );
    let rebuilt = run(&data_dir, &["doctor", "--rebuild", "--json"]);
    assert!(
        rebuilt.status.success(),
        "{}",
        String::from_utf8_lossy(&rebuilt.stderr)
    );
    let found = json(&run(&data_dir, &["search", "kb", "spare key", "--json"]));
    assert_eq!(
        found["hits"][0]["document"]["name"], "documents/keys.md",
        "{found}"
    );
}

#[test]
fn models_are_listed_and_broken_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let listed = json(&run(folder.path(), &["models", "list", "--json"]));
    let names: Vec<&str> = listed
        .as_array()
        .expect("models")
        .iter()
        .filter_map(|m| m["name"].as_str())
        .collect();
    for name in [
        "all-minilm-l6-v2",
        "multilingual-e5-small",
        "bge-m3",
        "bge-reranker-v2-m3",
        "qwen3-0.6b",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    let verified = run(
        folder.path(),
        &["models", "verify", "all-minilm-l6-v2", "--json"],
    );
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );

    let pulled = run(folder.path(), &["models", "pull", "bge-m3"]);
    assert_eq!(pulled.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&pulled.stderr).contains("offline"));

    let broken = folder.path().join("broken");
    std::fs::create_dir_all(&broken).expect("a folder");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90868376\n";
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        std::fs::write(broken.join(file), pointer).expect("a file");
    }
    let source = broken.to_str().expect("UTF-8");
    let models = folder.path().join("models");
    let imported = riddle(folder.path())
        .env("RIDDLE_MODELS_DIR", &models)
        .args(["models", "pull", "all-minilm-l6-v2", "--from", source])
        .output()
        .expect("runs");
    assert!(!imported.status.success());
    let error = String::from_utf8_lossy(&imported.stderr).to_lowercase();
    assert!(error.contains("lfs"), "{error}");
}

#[test]
fn odd_names_do_not_end_an_ingestion() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    std::fs::create_dir(&documents).expect("a folder");
    let names = [
        "a.md",
        "b\nreak.md",
        "c\"quote\\.md",
        "d;e=f.md",
        "g%0Ah.md",
        "手册.md",
        "z.md",
    ];
    for name in names {
        std::fs::write(documents.join(name), format!("The text of {name:?}.")).expect("a file");
    }
    let data_dir = folder.path().join("data");
    let documents = documents.to_str().expect("UTF-8");
    let ingested = run(&data_dir, &["ingest", "kb", documents, "--json"]);
    assert_eq!(ingested.status.code(), Some(0), "{ingested:?}");
    let report = json(&ingested);
    assert_eq!(report["created"], names.len() - 1, "{report}");
    let skipped = report["skipped"].as_array().expect("a list");
    assert_eq!(skipped.len(), 1, "{report}");
    assert_eq!(skipped[0]["name"], "documents/b\\nreak.md");

    let listed = json(&run(&data_dir, &["docs", "list", "kb", "--json"]));
    let listed = listed.to_string();
    for name in ["c\\\"quote\\\\.md", "d;e=f.md", "g%0Ah.md", "手册.md"] {
        assert!(listed.contains(name), "{name} in {listed}");
    }
}

/// A stop that is asked for twice, and the exit code and log of the server that was held up.
async fn stop_twice(folder: &Path) -> (Option<i32>, String) {
    let log = folder.join("test.log");
    let server = Server::start(folder).await;
    // A request in work holds up a stop.
    let address = server.base.trim_start_matches("http://");
    let mut held = tokio::net::TcpStream::connect(address)
        .await
        .expect("connected");
    let half = b"POST /api/v1/audit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    tokio::io::AsyncWriteExt::write_all(&mut held, half)
        .await
        .expect("sent");
    // Answered after it, this proves that the server has the half request.
    server.get("/api/v1/health").await;
    server.signal("INT");
    while !std::fs::read_to_string(&log)
        .expect("a log")
        .contains("stopping; once more")
    {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    server.signal("INT");
    let code = server.exit_code();
    (code, std::fs::read_to_string(log).expect("a log"))
}

#[tokio::test]
async fn a_second_interrupt_ends_the_server_at_once() {
    // On a very busy machine the server may have stopped by itself before it is asked again.
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let (code, log) = stop_twice(folder.path()).await;
        if code == Some(130) {
            assert!(log.contains("ended at once"), "{log}");
            return;
        }
    }
    panic!("the second interrupt changed nothing");
}
