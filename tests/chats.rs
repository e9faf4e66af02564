//! Chats of a real server with a local language model, across a kill.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, root};

/// A random Qwen3 of a few hundred kilobytes: its words mean nothing, and it never knows when to stop.
const MODEL: &str = "crates/riddle-llm/tests/data/tiny-qwen3.gguf";
const QUESTION: &str = "When does the boat leave?";

#[tokio::test]
async fn a_server_killed_in_the_middle_of_an_answer_leaves_a_whole_chat() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = root()
        .join(MODEL)
        .canonicalize()
        .expect("the tiny model is committed");
    let config = format!("[chat]\nmodel = {model:?}\ncontext_tokens = 16384\n");
    std::fs::write(folder.path().join("riddle.toml"), config).expect("a file");
    let mut server = Server::start(folder.path()).await;
    server.create("kb").await;
    let text = "# Pier\n\nThe boat leaves at seven from pier nine.";
    server.add_text("kb", "pier.md", text, json!({})).await;
    server.settle().await;
    let chat = server
        .post("/api/v1/chats", json!({"knowledge_bases": ["kb"]}))
        .await;
    let path = format!("/api/v1/chats/{}", chat["id"].as_str().expect("an id"));
    let messages = format!("{path}/messages");

    let mut response = server
        .request(Method::POST, &messages)
        .json(&json!({"question": QUESTION, "max_tokens": 8_000}))
        .send()
        .await
        .expect("an answer");
    let mut seen = String::new();
    while !seen.contains("event: token") {
        let piece = response.chunk().await.expect("arrives").expect("more");
        seen.push_str(&String::from_utf8_lossy(&piece));
    }
    assert!(!seen.contains("event: done"), "the answer was too short");
    server.kill();
    drop(server);

    let server = Server::start(folder.path()).await;
    let kept = server.get(&path).await;
    assert_eq!(kept["messages"][0]["text"], QUESTION);
    let cut = &kept["messages"][1];
    assert_eq!(cut["status"], "stopped");
    assert_eq!(cut["error"]["code"], "interrupted", "{cut}");
    let sources = cut["answer"]["contexts"].as_array().expect("sources");
    assert_eq!(sources[0]["hit"]["document"]["name"], "pier.md", "{cut}");
    assert_eq!(kept["title"], QUESTION);

    let events = server
        .events(
            &messages,
            json!({"question": "And from which pier?", "max_tokens": 20}),
        )
        .await;
    let (name, data) = events.last().expect("events");
    assert_eq!(name, "done", "{events:?}");
    let done: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(done["message"]["status"], "complete");
    let timings = &done["message"]["answer"]["timings"];
    assert!(timings["rewrite_ms"].as_f64() > Some(0.0), "{done}");
    assert_eq!(server.get(&path).await["message_count"], 4);
}
