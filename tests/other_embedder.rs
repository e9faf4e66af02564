//! A knowledge base whose documents its embedder does not know: another one is suggested, chosen, and takes over.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use riddle_test_support::models;

use crate::support::Server;

const PRESENT: &str = "all-minilm-l6-v2";
const OTHER: &str = "multilingual-e5-small";
const PATH: &str = "/api/v1/knowledge-bases/kb";
const CHINESE: &str =
    "员工出差之前须由部门主管批准，费用在返回之后七天内报销，超过期限的不予受理。";
/// The embedder of the tests under the name of the one that is suggested.
const ENTRY: &str = r#"
[[model]]
name = "multilingual-e5-small"
role = "embedder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 22_700_000
memory_mb = 200
max_tokens = 256
languages = ["multilingual"]
licence = "Apache-2.0"
dimensions = 384
pooling = "mean"
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
"#;

/// A data folder whose models are the embedder of the tests alone.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = folder.path().join("models.toml");
    std::fs::write(&catalogue, ENTRY).expect("written");
    let config = format!(
        "[models]\ncatalogue = {:?}\n",
        catalogue.display().to_string()
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("written");
    bring(folder.path(), PRESENT);
    folder
}

/// Puts the files of the embedder into the folder of this model.
fn bring(folder: &Path, name: &str) {
    let own = folder.join("models").join(name);
    std::fs::create_dir_all(&own).expect("made");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(models().join(PRESENT).join(file), own.join(file))
            .expect("the tests have it");
    }
}

async fn start(folder: &Path) -> Server {
    let models = folder.join("models").display().to_string();
    Server::start_with(folder, &["--models-dir", &models]).await
}

async fn patch(server: &Server, body: Value) -> (StatusCode, Value) {
    server.call(Method::PATCH, PATH, Some(body)).await
}

/// Waits until the embedder that was chosen is the one in use.
async fn changed(server: &Server) -> Value {
    loop {
        let base = server.get(PATH).await;
        if base["embedder_change"] == Value::Null {
            return base;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn found(server: &Server) -> usize {
    let body = json!({"query": "the ferry to the island", "mode": "dense", "rerank": false});
    let hits = server.search("kb", body).await;
    hits["hits"].as_array().expect("hits").len()
}

#[tokio::test]
async fn another_embedder_is_suggested_and_takes_over_even_after_a_kill() {
    let folder = folder();
    let mut server = start(folder.path()).await;
    server.create("kb").await;
    let ferry = "The ferry to the island leaves at seven from pier nine.";
    server.add_text("kb", "ferry.md", ferry, json!({})).await;
    server.settle().await;
    assert_eq!(server.get(PATH).await["embedder_suggestion"], Value::Null);
    server.add_text("kb", "出差.md", CHINESE, json!({})).await;
    server.settle().await;
    let suggestion = &server.get(PATH).await["embedder_suggestion"];
    assert_eq!(
        (&suggestion["embedder"], &suggestion["here"]),
        (&json!(OTHER), &json!(false))
    );
    assert_eq!(suggestion["language"], "zh");
    let reason = suggestion["reason"].as_str().expect("a sentence");
    assert!(
        reason.contains("Chinese") && reason.contains(PRESENT),
        "{reason}"
    );

    // Chosen before its files are here, it waits for them and says so.
    let (status, set) = patch(&server, json!({"embedder": OTHER})).await;
    assert_eq!(
        (status, &set["embedder"]),
        (StatusCode::OK, &json!(PRESENT))
    );
    assert_eq!(set["embedder_suggestion"], Value::Null);
    assert_eq!(found(&server).await, 2, "searches go on by the present one");
    loop {
        let base = server.get(PATH).await;
        if let Some(problem) = base["embedder_change"]["problem"].as_str() {
            assert!(problem.contains(OTHER), "{problem}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.kill();
    bring(folder.path(), OTHER);
    let server = start(folder.path()).await;
    let base = changed(&server).await;
    assert_eq!(
        (&base["embedder"], &base["embedder_suggestion"]),
        (&json!(OTHER), &Value::Null)
    );
    server.settle().await;
    assert_eq!(found(&server).await, 2);
    let chinese = json!({"query": "出差费用多久报销", "mode": "dense", "rerank": false});
    let hits = server.search("kb", chinese).await;
    assert_eq!(hits["notices"], json!([]), "it knows the language");
}

#[tokio::test]
async fn what_is_no_embedder_is_refused_and_a_choice_is_taken_back() {
    let folder = folder();
    let server = start(folder.path()).await;
    server.create("kb").await;
    for name in ["nothing", "bge-reranker-base", ""] {
        let (status, error) = patch(&server, json!({"embedder": name})).await;
        assert_eq!(
            (status.as_u16(), &error["param"]),
            (400, &json!("embedder")),
            "{error}"
        );
    }
    let (_, set) = patch(&server, json!({"embedder": OTHER})).await;
    assert_eq!(set["embedder_change"]["embedder"], OTHER);
    let (_, back) = patch(&server, json!({"embedder": PRESENT})).await;
    assert_eq!(
        (&back["embedder"], &back["embedder_change"]),
        (&json!(PRESENT), &Value::Null)
    );
}
