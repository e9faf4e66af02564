//! Other tools' own clients, unchanged, against the real server with a real cross-encoder and a real embedder.

use std::path::Path;
use std::process::Command;

use riddle_test_support::{model, python, shared_data};
use serde_json::{Value, json};

use crate::support::{Server, riddle, root};

pub(crate) const CE: &str = "ce-starter-minilm-l6";
const EMBEDDER: &str = "all-minilm-l6-v2";
const QUERY: &str = "When does the boat leave?";
const TEXTS: [&str; 4] = [
    "The spare key hangs behind the red door.",
    "The boat leaves at seven from pier nine.",
    "Boats are painted every spring.",
    "",
];

/// A data folder whose server has both models, or `None` where they are not here.
pub(crate) fn data_folder() -> Option<tempfile::TempDir> {
    let reranker = shared_data(&format!("models/{CE}"))?;
    let embedder = model(EMBEDDER)?;
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("models");
    copy(&reranker, &own.join(CE));
    copy(&embedder, &own.join(EMBEDDER));
    let catalogue = folder.path().join("models.toml");
    std::fs::write(&catalogue, CATALOGUE).expect("a file");
    let config = format!(
        "[models]\ndir = {:?}\ncatalogue = {:?}\nreranker = {CE:?}\n[chat]\nmodel = \"extractive\"\n",
        own.display().to_string(),
        catalogue.display().to_string()
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    Some(folder)
}

const CATALOGUE: &str = r#"
[[model]]
name = "ce-starter-minilm-l6"
role = "reranker"
kind = "cross_encoder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 22_700_000
memory_mb = 200
max_tokens = 512
languages = ["en"]
licence = "Apache-2.0"
scale = "logit"
default_weight = 0.5
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
"#;

/// Copies the files of a model, but not what others made of them.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        if entry.file_type().expect("known").is_file() {
            let bytes = std::fs::read(entry.path()).expect("readable");
            std::fs::write(to.join(entry.file_name()), bytes).expect("writable");
        }
    }
}

pub(crate) async fn server(folder: &Path, arguments: &[&str]) -> Server {
    let models = folder.join("models").display().to_string();
    let arguments: Vec<&str> = ["--models-dir", &models]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    Server::start_with(folder, &arguments).await
}

#[test]
fn published_scores_are_compared_with_those_of_the_weights() {
    let Some(folder) = data_folder() else { return };
    let scores = folder
        .path()
        .join("models")
        .join(CE)
        .join("reference_scores.json");
    let scores: Value =
        serde_json::from_slice(&std::fs::read(scores).expect("readable")).expect("JSON");
    let verify = |shift: f64| {
        let golden: Vec<String> = scores
            .as_array()
            .expect("scores")
            .iter()
            .map(|case| {
                let raw = case["logit_fp32"].as_f64().expect("a number") + shift;
                let text = |key: &str| case[key].to_string();
                let (query, passage) = (text("query"), text("passage"));
                format!("{{ query = {query}, passage = {passage}, raw = {raw:.4} }}")
            })
            .collect();
        let catalogue = format!("{CATALOGUE}golden = [{}]\n", golden.join(", "));
        std::fs::write(folder.path().join("models.toml"), catalogue).expect("a file");
        let output = riddle(folder.path())
            .env_remove("RIDDLE_MODELS_DIR")
            .args(["models", "verify", CE, "--json"])
            .output()
            .expect("the binary runs");
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), told)
    };
    let (code, told) = verify(0.0);
    assert_eq!(code, Some(0), "{told}");
    let published = told["published_scores"].as_array().expect("scores");
    assert_eq!(published.len(), scores.as_array().expect("scores").len());
    let (code, told) = verify(3.0);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(told["ok"], json!(false));
    assert_eq!(told["published_scores"][0]["agrees"], json!(false));
}

#[tokio::test]
async fn the_python_clients_of_other_tools_work() {
    let Some(python) = python() else { return };
    let Some(folder) = data_folder() else { return };
    let key_file = folder.path().join("key");
    let made = riddle(folder.path())
        .args(["serve", "--new-api-key"])
        .arg(&key_file)
        .output()
        .expect("the binary runs");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let key = std::fs::read_to_string(&key_file).expect("a key");
    let server = server(
        folder.path(),
        &["--api-key-file", &key_file.display().to_string()],
    )
    .await
    .with_key(key.trim());
    for client in [
        "openai_embeddings",
        "cohere_client",
        "langchain_client",
        "llama_index_client",
        "hugging_face_client",
    ] {
        check(&python, client, &server.base, key.trim());
    }
    server.stop();
}

#[tokio::test]
async fn a_client_of_sagemaker_works() {
    let Some(python) = python() else { return };
    let Some(folder) = data_folder() else { return };
    // It signs its requests in place of a key.
    let server = server(folder.path(), &[]).await;
    check(&python, "sagemaker_client", &server.base, "none-needed");
    server.stop();
}

#[tokio::test]
async fn the_python_clients_are_told_of_a_full_server() {
    let Some(python) = python() else { return };
    let Some(folder) = data_folder() else { return };
    let config = folder.path().join("riddle.toml");
    let mut text = std::fs::read_to_string(&config).expect("readable");
    text.push_str("[limits]\nmax_concurrent_queries = 0\n");
    std::fs::write(config, text).expect("writable");
    let server = server(folder.path(), &[]).await;
    check(&python, "overloaded", &server.base, "none-needed");
    server.stop();
}

/// Runs the script of a client, which fails if anything is not as its users expect it.
fn check(python: &Path, client: &str, base: &str, key: &str) {
    let output = Command::new(python)
        .arg(root().join(format!("tests/python/{client}.py")))
        .args([base, key])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .expect("Python runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && printed.contains("all checks passed"),
        "{client}: {printed}\n{errors}"
    );
}

#[tokio::test]
async fn scores_are_those_of_the_search() {
    let Some(folder) = data_folder() else { return };
    let server = server(folder.path(), &[]).await;
    server.create("kb").await;
    for (name, text) in [
        ("key.txt", TEXTS[0]),
        ("boat.txt", TEXTS[1]),
        ("paint.txt", TEXTS[2]),
    ] {
        server.add_text("kb", name, text, json!({})).await;
    }
    server.settle().await;
    let found = server
        .search("kb", json!({"query": QUERY, "rerank_weight": 1.0}))
        .await;
    let hits = found["hits"].as_array().expect("hits");
    assert!(hits.len() >= 2, "{found}");
    for hit in hits {
        let texts = json!([hit["text"]]);
        let body = json!({"query": QUERY, "texts": texts, "raw_scores": true});
        let direct = server.post("/rerank", body).await;
        let (a, b) = (
            direct[0]["score"].as_f64(),
            hit["rerank"]["score_raw"].as_f64(),
        );
        let difference = (a.expect("a score") - b.expect("a score")).abs();
        assert!(difference < 1e-5, "{direct} {hit}");
    }
    server.stop();
}

#[tokio::test]
async fn the_command_reranks_beside_a_server_and_without() {
    let Some(folder) = data_folder() else { return };
    let alone = rerank(folder.path());
    let server = server(folder.path(), &[]).await;
    let data = folder.path().to_path_buf();
    let beside = tokio::task::spawn_blocking(move || rerank(&data))
        .await
        .expect("works");
    assert_eq!(alone["results"], beside["results"]);
    assert_eq!(alone["model"], CE);
    let body = json!({"query": QUERY, "texts": TEXTS});
    let direct = server.post("/rerank", body).await;
    assert_eq!(alone["results"].as_array().expect("a list").len(), 4);
    for (ours, theirs) in alone["results"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(direct.as_array().expect("a list"))
    {
        assert_eq!(ours["index"], theirs["index"]);
        assert_eq!(ours["relevance_score"], theirs["score"]);
    }
    server.stop();
}

#[test]
fn the_command_shows_what_it_found_where_asked() {
    let Some(folder) = data_folder() else { return };
    let long = format!("{} {}", "word ".repeat(1_200), TEXTS[1]);
    let run = |arguments: &[&str]| {
        let output = riddle(folder.path())
            .env("RIDDLE_MODELS_DIR", folder.path().join("models"))
            .args(["rerank", "--query", QUERY, &long, TEXTS[0]])
            .args(arguments)
            .output()
            .expect("the binary runs");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (shown, notes) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{notes}");
        (shown, notes)
    };
    let (shown, notes) = run(&["--long-passages", "max_slice", "--details"]);
    assert!(
        shown.contains("window 4 of 4]") || shown.contains("window 3 of 3]"),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("to {}, window", long.chars().count())),
        "{shown}"
    );
    assert!(
        notes.contains("rerank applied by") && notes.contains("(logit)"),
        "{notes}"
    );
    let (shown, notes) = run(&["--max-tokens-per-doc", "20"]);
    assert!(
        !shown.contains("window") && notes.contains("1 cut"),
        "{shown}{notes}"
    );
    let (shown, _) = run(&["--long-passages", "max_slice", "--json"]);
    let told: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(told["rerank"]["long_passages"], "max_slice");
    let long = &told["results"].as_array().expect("a list")[0];
    assert_ne!(long["score_raw"], Value::Null, "{told}");
    let span = &long["window"]["span"];
    assert!(
        span["start"].as_u64().expect("a place") < span["end"].as_u64().expect("a place"),
        "{told}"
    );
    let refused = riddle(folder.path())
        .env("RIDDLE_MODELS_DIR", folder.path().join("models"))
        .args(["rerank", "--query", QUERY, "x", "--cutoff-layer", "3"])
        .output()
        .expect("the binary runs");
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && message.contains("cutoff_layer"),
        "{message}"
    );
}

fn rerank(data_dir: &Path) -> Value {
    let models = data_dir.join("models");
    let output = riddle(data_dir)
        .env("RIDDLE_MODELS_DIR", &models)
        .args(["rerank", "--json", "--model", CE, "--query", QUERY])
        .args(TEXTS)
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}
