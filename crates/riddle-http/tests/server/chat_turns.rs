use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use riddle_testkit::{ChatScript, FakeModels, ScriptedChat, TAKES_BACK};
use serde_json::{Value, json};

use crate::chats::{QUESTION, last};
use crate::support::{Server, events};

fn scripted(answer: &'static [&'static str]) -> Arc<ScriptedChat> {
    ScriptedChat::new(ChatScript {
        rewritten: Ok("Which port do backups leave on?"),
        answer,
        breaks: false,
    })
}

/// That a stage was timed, and within the whole.
fn assert_part_of_total(timings: &Value, stage: &str) {
    let ms = |field: &str| timings[field].as_f64().expect("a time");
    assert!(ms(stage) <= ms("total_ms"), "{stage}: {timings}");
}

async fn server_with(models: &Arc<ScriptedChat>) -> Server {
    Server::with_documents_and(
        Arc::new(FakeModels::default().with_chat(Arc::clone(models))),
        "manuals",
    )
    .await
}

/// Reads a stream of events up to a piece of text.
async fn read_to(body: &mut BoxStream<'_, reqwest::Result<Bytes>>, end: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(end) {
        let piece = body.next().await.expect("more").expect("bytes");
        seen.push_str(&String::from_utf8_lossy(&piece));
    }
    seen
}

/// What `event:` lines name, in order, each once in a row.
fn names(events: &[(String, Value)]) -> Vec<&str> {
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    names
}

#[tokio::test]
async fn text_that_turns_out_to_be_thinking_is_taken_back() {
    let model = scripted(&["Perhaps 9.", TAKES_BACK, "Port ", "7180 [1]."]);
    let server = server_with(&model).await;
    let id = server.create_chat(&["manuals"]).await;
    let said = server.say(&id, &json!({"question": QUESTION})).await;
    let parts = names(&said);
    assert_eq!(
        parts[..5],
        ["question", "retrieval", "token", "restart", "token"]
    );
    let message = &last(&said).1["message"];
    assert_eq!(message["text"], "Port 7180 [1].");
    server.stop().await;
}

#[tokio::test]
async fn a_question_in_place_of_another_takes_what_came_after_with_it() {
    let server = Server::with_documents("manuals").await;
    let id = server.create_chat(&["manuals"]).await;
    server.say(&id, &json!({"question": QUESTION})).await;
    let second = server.say(&id, &json!({"question": "And backups?"})).await;
    // Without a language model a question that points back is searched with the words of the one before it.
    let rewritten = "And backups? port server listen";
    assert_eq!(second[0].1["rewritten"], rewritten);
    let timings = &last(&second).1["message"]["answer"]["timings"];
    assert_part_of_total(timings, "rewrite_ms");
    let chat = server.chat(&id).await;
    assert_eq!(chat["message_count"], 4);
    assert_eq!(chat["messages"][2]["rewritten"], rewritten);

    let reply = chat["messages"][1]["id"].clone();
    let other = server.create_chat(&["manuals"]).await;
    let first = chat["messages"][0]["id"].clone();
    for (chat, replaces) in [(&id, &reply), (&other, &first)] {
        let path = format!("/api/v1/chats/{chat}/messages");
        let body = json!({"question": "x", "replaces": replaces});
        let response = server.post(&path, &body).await;
        assert_eq!(response.status(), 404);
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["code"], "message_not_found");
    }
    assert_eq!(server.chat(&id).await, chat);

    let body = json!({"question": "How long does a cake bake?", "replaces": first});
    let events = server.say(&id, &body).await;
    assert_eq!(events[0].1["rewritten"], Value::Null);
    let chat = server.chat(&id).await;
    assert_eq!(chat["message_count"], 2);
    assert_eq!(chat["title"], "How long does a cake bake?");
    assert!(
        chat["messages"][1]["text"]
            .as_str()
            .expect("text")
            .contains("forty"),
        "{chat}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_leaves_keeps_what_was_written_and_another_waits_its_turn() {
    let models = scripted(&["The", " port", " is", " 7180", " [1]."]);
    let server = server_with(&models).await;
    let id = server.create_chat(&["manuals"]).await;
    let path = format!("/api/v1/chats/{id}/messages");
    models.allow(2);
    let response = server.post(&path, &json!({"question": QUESTION})).await;
    let mut body = response.bytes_stream().boxed();
    read_to(&mut body, r#"{"text":" port"}"#).await;
    let chat = server.chat(&id).await;
    assert_eq!(chat["messages"][0]["text"], QUESTION);
    assert_eq!(chat["messages"][1]["status"], "writing");
    let second = server.post(&path, &json!({"question": "x"})).await;
    assert_eq!(second.status(), 409);
    let second: Value = second.json().await.expect("JSON");
    assert_eq!(second["code"], "chat_busy");

    drop(body);
    let chat = server.settled(&id).await;
    let reply = &chat["messages"][1];
    assert_eq!(reply["status"], "stopped");
    assert_eq!(reply["text"], "The port");
    assert_eq!(reply["answer"]["answer"], "The port");
    assert_eq!(reply["answer"]["model"], "scripted");
    let source = &reply["answer"]["contexts"][0]["hit"]["document"];
    assert_eq!(source["name"], "ports.md");

    models.allow(usize::MAX);
    let events = server.say(&id, &json!({"question": "And backups?"})).await;
    assert_eq!(last(&events).1["message"]["text"], "The port is 7180 [1].");
    server.stop().await;
}

#[tokio::test]
async fn a_stopping_server_keeps_what_was_written() {
    let models = scripted(&["The", " port", " is", " 7180."]);
    let server = server_with(&models).await;
    let id = server.create_chat(&["manuals"]).await;
    models.allow(3);
    let response = server
        .post(
            &format!("/api/v1/chats/{id}/messages"),
            &json!({"question": QUESTION}),
        )
        .await;
    let mut body = response.bytes_stream().boxed();
    let mut seen = read_to(&mut body, r#"{"text":" is"}"#).await;
    let engine = server.engine.clone();
    engine.stop().await;
    while let Some(Ok(piece)) = body.next().await {
        seen.push_str(&String::from_utf8_lossy(&piece));
    }
    let told = events(&seen);
    let (name, error) = last(&told);
    assert_eq!((name, &error["code"]), ("error", &json!("stopping")));
    let chat = server.chat(&id).await;
    assert_eq!(chat["messages"][1]["status"], "stopped");
    assert_eq!(chat["messages"][1]["text"], "The port is");
    server.stop().await;
}

#[tokio::test]
async fn a_failed_answer_says_why_and_the_chat_goes_on() {
    let models = ScriptedChat::new(ChatScript {
        rewritten: Err(()),
        answer: &["The"],
        breaks: true,
    });
    let server = server_with(&models).await;
    let id = server.create_chat(&["manuals"]).await;
    let events = server.say(&id, &json!({"question": QUESTION})).await;
    let (name, error) = last(&events);
    assert_eq!((name, &error["code"]), ("error", &json!("model_failed")));
    let chat = server.chat(&id).await;
    let reply = &chat["messages"][1];
    assert_eq!(reply["status"], "failed");
    assert_eq!(reply["text"], "The");
    assert_eq!(reply["error"]["code"], "model_failed");
    assert_eq!(reply["error"]["message"], error["message"]);
    let events = server.say(&id, &json!({"question": "And backups?"})).await;
    // The rewriting fails too: the question is searched as typed.
    assert_eq!(events[0].1["rewritten"], Value::Null);
    let notices = events[1].1["notices"].to_string();
    assert!(notices.contains("rewrite_failed"), "{notices}");
    server.stop().await;
}

#[tokio::test]
async fn a_question_that_builds_on_the_chat_is_made_stand_alone() {
    let models = scripted(&["Port", " 9004", " [1]."]);
    let server = server_with(&models).await;
    let id = server.create_chat(&["manuals"]).await;
    let first = server.say(&id, &json!({"question": QUESTION})).await;
    assert_eq!(first[0].1["rewritten"], Value::Null);
    assert_eq!(models.rewrites(), Vec::<String>::new());
    let events = server.say(&id, &json!({"question": "And backups?"})).await;
    let rewritten = "Which port do backups leave on?";
    assert_eq!(events[0].1["rewritten"], rewritten);
    let asked = models.rewrites();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].contains(QUESTION) && asked[0].contains("Assistant: Port 9004.\n"),
        "{asked:?}"
    );
    let (_, done) = last(&events);
    let answer = &done["message"]["answer"];
    assert_part_of_total(&answer["timings"], "rewrite_ms");
    assert_eq!(answer["notices"].to_string().matches("rewrite").count(), 0);
    let chat = server.chat(&id).await;
    assert_eq!(chat["messages"][2]["text"], "And backups?");
    assert_eq!(chat["messages"][2]["rewritten"], rewritten);
    server.stop().await;
}
