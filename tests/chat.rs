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
async fn two_local_models_take_turns_in_one_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = folder.path().join("catalogue.toml");
    let mut entries = String::new();
    for name in ["one", "two"] {
        let own = folder.path().join("models").join(name);
        std::fs::create_dir_all(&own).expect("a folder");
        std::fs::copy(root().join(MODEL), own.join("tiny.gguf"))
            .expect("the tiny model is committed");
        entries.push_str(&format!(
            r#"
            [[model]]
            name = {name:?}
            role = "chat"
            format = "gguf"
            architecture = "qwen3"
            weights = "tiny.gguf"
            parameters = 1
            memory_mb = 1
            max_tokens = 4096
            languages = ["multilingual"]
            licence = "Apache-2.0"
            files = [{{ path = "tiny.gguf" }}]
            "#
        ));
    }
    std::fs::write(&catalogue, entries).expect("a file");
    let config = format!(
        "[models]\ncatalogue = {catalogue:?}\n[chat]\nmodel = \"one\"\ncontext_tokens = 2048\n"
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    let models = folder.path().join("models");
    let models = models.to_str().expect("UTF-8");
    let server = Server::start_with(folder.path(), &["--models-dir", models]).await;
    server.create("kb").await;
    let text = "# Pier\n\nThe boat leaves at seven from pier nine.";
    server.add_text("kb", "pier.md", text, json!({})).await;
    server.settle().await;

    for (asked, answers) in [
        (json!(null), "one"),
        (json!("two"), "two"),
        (json!("TWO"), "two"),
        (json!("extractive"), "extractive"),
        (json!("one"), "one"),
    ] {
        let body =
            json!({"question": "When does the boat leave?", "chat_model": asked, "max_tokens": 4});
        let answer = server.post("/api/v1/knowledge-bases/kb/ask", body).await;
        assert_eq!(answer["model"], answers, "{answer}");
        if answers != "extractive" {
            assert_eq!(loaded_chats(&server).await, [answers]);
        }
    }
    let body = json!({"question": "When?", "chat_model": "three"});
    let path = "/api/v1/knowledge-bases/kb/ask";
    let (status, error) = server.call(reqwest::Method::POST, path, Some(body)).await;
    assert_eq!(status, 400, "{error}");
    assert_eq!(error["param"], "chat_model");
    server.stop();
}

async fn loaded_chats(server: &Server) -> Vec<String> {
    let health = server.get("/api/v1/health").await;
    let models = health["models"].as_array().expect("models").iter();
    let loaded = models.filter(|model| model["role"] == "chat" && model["loaded"] == true);
    let name = |model: &Value| model["name"].as_str().expect("a name").to_owned();
    loaded.map(name).collect()
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
