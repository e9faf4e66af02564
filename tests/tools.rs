//! Other tools' own clients, unchanged, against the real server with a real embedder and a cross-encoder: a trained one
//! where it is here, else a tiny one.

use std::path::{Path, PathBuf};
use std::process::Command;

use riddle_test_support::{has_shared_data, model, python, shared_data};
use serde_json::{Value, json};

use crate::support::{Server, riddle, root};

pub(crate) const CE: &str = "ce-starter-minilm-l6";
const TRAINED: &str = "models/ce-starter-minilm-l6";
const EMBEDDER: &str = "all-minilm-l6-v2";
const QUERY: &str = "When does the boat leave?";
const TEXTS: [&str; 4] = [
    "The spare key hangs behind the red door.",
    "The boat leaves at seven from pier nine.",
    "Boats are painted every spring.",
    "",
];

/// The files that the server has under the name of the reranker.
pub(crate) struct Reranker {
    folder: PathBuf,
    /// Whether its order means anything. That of the repository has weights by chance, which do for everything else.
    is_trained: bool,
    max_tokens: u32,
    /// What the configuration says of it.
    config: &'static str,
    /// A file of its folder with pairs and their scores, the list in it, and the name of a score.
    golden: (&'static str, &'static str, &'static str),
}

/// The trained reranker, or `None` where the data outside the repository is not here.
pub(crate) fn trained() -> Option<Reranker> {
    Some(Reranker {
        folder: shared_data(TRAINED)?,
        is_trained: true,
        max_tokens: 512,
        config: "",
        golden: ("reference_scores.json", "", "logit_fp32"),
    })
}

/// The trained reranker, or that of the repository.
pub(crate) fn trained_or_tiny() -> Reranker {
    let trained = has_shared_data(TRAINED).then(trained).flatten();
    trained.unwrap_or_else(|| Reranker {
        folder: root().join("crates/riddle-models/tests/data/tiny/bert"),
        is_trained: false,
        max_tokens: 64,
        config: "precision = \"fp32\"\n",
        golden: ("flag-reranker.json", "/pairs", "raw"),
    })
}

/// A data folder whose server has the reranker and the embedder, or `None` where the embedder is not here.
pub(crate) fn data_folder(reranker: &Reranker) -> Option<tempfile::TempDir> {
    let embedder = model(EMBEDDER)?;
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("models");
    copy(&reranker.folder, &own.join(CE));
    copy(&embedder, &own.join(EMBEDDER));
    let catalogue = folder.path().join("models.toml");
    std::fs::write(&catalogue, reranker.entry()).expect("a file");
    let config = format!(
        "[models]\n{}dir = {:?}\ncatalogue = {:?}\nreranker = {CE:?}\n[chat]\nmodel = \"extractive\"\n",
        reranker.config,
        own.display().to_string(),
        catalogue.display().to_string()
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    Some(folder)
}

impl Reranker {
    /// Its entry in the catalogue.
    fn entry(&self) -> String {
        let max_tokens = self.max_tokens;
        format!(
            r#"
[[model]]
name = "{CE}"
role = "reranker"
kind = "cross_encoder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 22_700_000
memory_mb = 200
max_tokens = {max_tokens}
languages = ["en"]
licence = "Apache-2.0"
scale = "logit"
default_weight = 0.5
files = [{{ path = "config.json" }}, {{ path = "tokenizer.json" }}, {{ path = "model.safetensors" }}]
"#
        )
    }

    /// Pairs with their scores, as an entry of the catalogue has them. Those that were cut for their score are left
    /// out.
    fn golden(&self, shift: f64) -> Vec<String> {
        let (file, list, score) = self.golden;
        let bytes = std::fs::read(self.folder.join(file)).expect("readable");
        let told: Value = serde_json::from_slice(&bytes).expect("JSON");
        let pairs = told.pointer(list).and_then(Value::as_array);
        let limit = told["max_tokens"].as_u64();
        let length = |text: &Value| text.as_str().expect("a text").chars().count() as u64;
        let fits = |pair: &&Value| {
            let most = length(&pair["query"]) + length(&pair["passage"]) + 3;
            limit.is_none_or(|limit| most <= limit)
        };
        let entry = |pair: &Value| {
            let raw = pair[score].as_f64().expect("a number") + shift;
            let (query, passage) = (&pair["query"], &pair["passage"]);
            format!("{{ query = {query}, passage = {passage}, raw = {raw:.4} }}")
        };
        let pairs = pairs.expect("pairs").iter();
        pairs.filter(fits).map(entry).collect()
    }
}

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
    let reranker = trained_or_tiny();
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
    let verify = |shift: f64| {
        let golden = reranker.golden(shift).join(", ");
        let catalogue = format!("{}golden = [{golden}]\n", reranker.entry());
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
    assert_eq!(published.len(), reranker.golden(0.0).len());
    assert!(published.len() >= 3, "{told}");
    let (code, told) = verify(3.0);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(told["ok"], json!(false));
    assert_eq!(told["published_scores"][0]["agrees"], json!(false));
}

#[tokio::test]
async fn the_python_clients_of_other_tools_work() {
    let Some(python) = python() else { return };
    let reranker = trained_or_tiny();
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
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
        check(&python, &reranker, client, [&server.base, key.trim()]);
    }
    server.stop();
}

#[tokio::test]
async fn a_client_of_sagemaker_works() {
    let Some(python) = python() else { return };
    let reranker = trained_or_tiny();
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
    // It signs its requests in place of a key.
    let server = server(folder.path(), &[]).await;
    let client = "sagemaker_client";
    check(&python, &reranker, client, [&server.base, "none-needed"]);
    server.stop();
}

#[tokio::test]
async fn the_python_clients_are_told_of_a_full_server() {
    let Some(python) = python() else { return };
    let reranker = trained_or_tiny();
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
    let config = folder.path().join("riddle.toml");
    let mut text = std::fs::read_to_string(&config).expect("readable");
    text.push_str("[limits]\nmax_concurrent_queries = 0\n");
    std::fs::write(config, text).expect("writable");
    let server = server(folder.path(), &[]).await;
    let client = "overloaded";
    check(&python, &reranker, client, [&server.base, "none-needed"]);
    server.stop();
}

/// Runs the script of a client, which fails if anything is not as its users expect it.
fn check(python: &Path, reranker: &Reranker, client: &str, address_and_key: [&str; 2]) {
    let trained = if reranker.is_trained { "1" } else { "" };
    let output = Command::new(python)
        .arg(root().join(format!("tests/python/{client}.py")))
        .args(address_and_key)
        .env("NO_PROXY", "127.0.0.1")
        .env("RERANKER_IS_TRAINED", trained)
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
    let reranker = trained_or_tiny();
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
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
    let reranker = trained_or_tiny();
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
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
    let Some(reranker) = trained() else { return };
    let Some(folder) = data_folder(&reranker) else {
        return;
    };
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
