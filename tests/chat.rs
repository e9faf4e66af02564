//! A local language model behind the whole chain.

use serde_json::{Value, json};

use crate::support::{Server, root};

/// A random Qwen3 of a few hundred kilobytes: its words mean nothing, its format is the real one.
const MODEL: &str = "crates/riddle-llm/tests/data/tiny-qwen3.gguf";

#[tokio::test]
async fn a_local_model_streams_an_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = root()
        .join(MODEL)
        .canonicalize()
        .expect("the tiny model is committed");
    let config = format!("[chat]\nmodel = {model:?}\ncontext_tokens = 2048\n");
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    server
        .add_text(
            "kb",
            "pier.md",
            "# Pier\n\nThe boat leaves at seven from pier nine.",
            json!({}),
        )
        .await;
    server.settle().await;

    let path = "/api/v1/knowledge-bases/kb/ask";
    let events = server
        .events(
            path,
            json!({"question": "When does the boat leave?", "stream": true}),
        )
        .await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"retrieval"));
    assert_eq!(names.last(), Some(&"done"), "{events:?}");
    let done: Value = serde_json::from_str(&events.last().expect("events").1).expect("JSON");
    assert_eq!(done["mode"], "generated");
    assert!(done["usage"]["prompt_tokens"].as_u64() > Some(20), "{done}");
    assert!(
        done["usage"]["completion_tokens"].as_u64() > Some(0),
        "{done}"
    );
    assert!(done["timings"]["prefill_ms"].as_f64() > Some(0.0), "{done}");

    let health = server.get("/api/v1/health").await;
    let models = health["models"].as_array().expect("models");
    assert!(
        models.iter().any(|model| model["role"] == "chat"),
        "{health}"
    );
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.gguf");
    std::fs::write(&broken, "version https://git-lfs.github.com/spec/v1\n").expect("a file");
    std::fs::write(
        folder.path().join("riddle.toml"),
        format!("[chat]\nmodel = {broken:?}\n"),
    )
    .expect("a file");
    let server = Server::start(folder.path()).await;
    // Loading goes on in the background while the server is ready already.
    loop {
        let notices = server.get("/api/v1/health").await["notices"].to_string();
        if notices.contains("broken.gguf") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
