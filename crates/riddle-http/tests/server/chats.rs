use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::{Value, json};

use crate::script_models::{Provider, Script, ScriptModels};
use crate::support::{Server, events};

const QUESTION: &str = "Which port does the server listen on?";

impl Server {
    async fn create_chat(&self, bases: &[&str]) -> String {
        let response = self
            .post("/api/v1/chats", &json!({ "knowledge_bases": bases }))
            .await;
        assert_eq!(response.status(), 201);
        let chat: Value = response.json().await.expect("JSON");
        chat["id"].as_str().expect("an id").to_owned()
    }

    async fn chat(&self, id: &str) -> Value {
        self.get_json(&format!("/api/v1/chats/{id}")).await
    }

    /// All events of an answer.
    async fn say(&self, chat: &str, body: &Value) -> Vec<(String, Value)> {
        let response = self
            .post(&format!("/api/v1/chats/{chat}/messages"), body)
            .await;
        assert_eq!(response.status(), 200, "{body}");
        events(&response.text().await.expect("text"))
    }

    /// The chat once no answer is in the making.
    async fn settled(&self, id: &str) -> Value {
        loop {
            let chat = self.chat(id).await;
            let messages = chat["messages"].as_array().expect("a list");
            if messages
                .iter()
                .all(|message| message["status"] != "writing")
            {
                return chat;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn scripted(answer: &'static [&'static str]) -> Arc<ScriptModels> {
    ScriptModels::new(Script {
        rewritten: Ok("Which port do backups leave on?"),
        answer,
        breaks: false,
    })
}

async fn server_with(models: &Arc<ScriptModels>) -> Server {
    Server::with_documents_and(Arc::new(Provider(Arc::clone(models))), "manuals").await
}

/// Reads a stream of events up to a piece of text.
async fn read_to(body: &mut BoxStream<'_, reqwest::Result<Bytes>>, end: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(end) {
        let piece = tokio::time::timeout(Duration::from_secs(20), body.next()).await;
        let piece = piece.expect("comes in time");
        let piece = piece.expect("more").expect("bytes");
        seen.push_str(&String::from_utf8_lossy(&piece));
    }
    seen
}

fn last(events: &[(String, Value)]) -> (&str, &Value) {
    let (name, data) = events.last().expect("an event");
    (name, data)
}

#[tokio::test]
async fn a_chat_keeps_whole_answers_whatever_becomes_of_the_documents() {
    let server = Server::with_documents("manuals").await;
    let id = server.create_chat(&["manuals"]).await;
    let events = server.say(&id, &json!({"question": QUESTION})).await;
    let (first, question) = &events[0];
    assert_eq!(first, "question");
    assert_eq!(question["message"]["text"], QUESTION);
    assert_eq!(question["rewritten"], Value::Null);
    assert_eq!(events[1].0, "retrieval");
    let (name, done) = last(&events);
    assert_eq!(name, "done");
    let reply = &done["message"];
    assert_eq!(reply["id"], question["answer_id"]);
    let asked = server
        .post(
            "/api/v1/knowledge-bases/manuals/ask",
            &json!({"question": QUESTION}),
        )
        .await;
    let mut asked: Value = asked.json().await.expect("JSON");
    let mut answer = reply["answer"].clone();
    assert!(answer["timings"]["total_ms"].as_f64().expect("a time") > 0.0);
    for timed in [&mut asked, &mut answer] {
        timed["timings"] = Value::Null;
        timed["rerank"]["ms"] = Value::Null;
    }
    assert_eq!(answer, asked);

    let page = server
        .get_json("/api/v1/knowledge-bases/manuals/documents")
        .await;
    for document in page["documents"].as_array().expect("a list") {
        let path = format!(
            "/api/v1/documents/{}",
            document["id"].as_str().expect("an id")
        );
        let deleted = server.client.delete(server.url(&path)).send().await;
        assert_eq!(deleted.expect("an answer").status(), 204);
    }
    let chat = server.chat(&id).await;
    assert_eq!(chat["title"], QUESTION);
    assert_eq!(chat["message_count"], 2);
    assert_eq!(chat["knowledge_bases"][0]["name"], "manuals");
    assert_eq!(&chat["messages"][1], reply);
    assert_eq!(chat["messages"][0], question["message"]);
    server.stop().await;
}

#[tokio::test]
async fn chats_are_listed_searched_renamed_and_deleted() {
    let server = Server::with_documents("manuals").await;
    let ports = server.create_chat(&["manuals"]).await;
    let cakes = server.create_chat(&["manuals"]).await;
    server.say(&ports, &json!({"question": QUESTION})).await;
    server
        .say(&cakes, &json!({"question": "蛋糕要烤多久？ 100%"}))
        .await;
    let first = server.get_json("/api/v1/chats?limit=1").await;
    assert_eq!(first["chats"][0]["id"], cakes.as_str());
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = server
        .get_json(&format!("/api/v1/chats?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(second["chats"][0]["id"], ports.as_str());
    assert_eq!(second["next_cursor"], Value::Null);
    for (search, found) in [
        ("WHICH PORT", vec![&ports]),
        ("蛋糕", vec![&cakes]),
        ("0%25", vec![&cakes]),
        ("%25", vec![&cakes]),
        ("7180", vec![&ports]),
        ("nowhere", vec![]),
    ] {
        let page = server
            .get_json(&format!("/api/v1/chats?search={search}"))
            .await;
        let ids: Vec<&str> = page["chats"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|chat| chat["id"].as_str())
            .collect();
        assert_eq!(ids, found, "{search}");
    }
    let url = server.url(&format!("/api/v1/chats/{ports}"));
    let renamed = server
        .client
        .patch(&url)
        .json(&json!({"title": " All  ports "}));
    let renamed: Value = renamed
        .send()
        .await
        .expect("sent")
        .json()
        .await
        .expect("JSON");
    assert_eq!(renamed["title"], "All ports");
    let deleted = server.client.delete(&url).send().await.expect("sent");
    assert_eq!(deleted.status(), 204);
    let gone = server.get(&format!("/api/v1/chats/{ports}")).await;
    assert_eq!(gone.status(), 404);
    let gone: Value = gone.json().await.expect("JSON");
    assert_eq!(gone["code"], "chat_not_found");
    for wrong in [
        json!({"knowledge_bases": []}),
        json!({"knowledge_bases": ["manuals"], "title": " "}),
        json!({"knowledge_bases": vec!["manuals"; 17]}),
    ] {
        let response = server.post("/api/v1/chats", &wrong).await;
        assert_eq!(response.status(), 400, "{wrong}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_question_in_place_of_another_takes_what_came_after_with_it() {
    let server = Server::with_documents("manuals").await;
    let id = server.create_chat(&["manuals"]).await;
    server.say(&id, &json!({"question": QUESTION})).await;
    let second = server.say(&id, &json!({"question": "And backups?"})).await;
    // Without a language model a question that points back is searched with the one before it.
    let rewritten = format!("{QUESTION} And backups?");
    assert_eq!(second[0].1["rewritten"], rewritten.as_str());
    assert!(
        last(&second).1["message"]["answer"]["timings"]["rewrite_ms"].is_number(),
        "{second:?}"
    );
    let chat = server.chat(&id).await;
    assert_eq!(chat["message_count"], 4);
    assert_eq!(chat["messages"][2]["rewritten"], rewritten.as_str());

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
async fn what_does_not_fit_changes_nothing() {
    let server = Server::with_documents("manuals").await;
    let id = server.create_chat(&["manuals"]).await;
    let path = format!("/api/v1/chats/{id}/messages");
    for (wrong, field) in [
        (json!({"question": " "}), "question"),
        (json!({"question": "x", "top_k": 0}), "top_k"),
        (json!({"question": "x", "topk": 1}), "topk"),
        (json!({"question": "x", "replaces": "y"}), "replaces"),
        (
            json!({"question": "x", "history": [{"role": "user", "content": "a"}]}),
            "history",
        ),
    ] {
        let response = server.post(&path, &wrong).await;
        assert_eq!(response.status(), 400, "{wrong}");
        let body: Value = response.json().await.expect("JSON");
        assert!(
            body["message"].as_str().expect("text").contains(field),
            "{body}"
        );
    }
    let deleted = server
        .client
        .delete(server.url("/api/v1/knowledge-bases/manuals"));
    assert_eq!(deleted.send().await.expect("sent").status(), 204);
    let response = server.post(&path, &json!({"question": QUESTION})).await;
    assert_eq!(response.status(), 404);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["code"], "knowledge_base_not_found");
    let chat = server.chat(&id).await;
    assert_eq!(chat["messages"], json!([]));
    assert_eq!(chat["knowledge_bases"][0]["name"], "manuals");
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
    let models = ScriptModels::new(Script {
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
    assert!(answer["timings"]["rewrite_ms"].as_f64().expect("a time") >= 0.0);
    assert_eq!(answer["notices"].to_string().matches("rewrite").count(), 0);
    let chat = server.chat(&id).await;
    assert_eq!(chat["messages"][2]["text"], "And backups?");
    assert_eq!(chat["messages"][2]["rewritten"], rewritten);
    server.stop().await;
}

#[tokio::test]
async fn feedback_is_kept_with_what_an_evaluation_needs() {
    let server = Server::with_documents("manuals").await;
    let id = server.create_chat(&["manuals"]).await;
    server.say(&id, &json!({"question": QUESTION})).await;
    let chat = server.chat(&id).await;
    let reply = chat["messages"][1]["id"].as_str().expect("an id");
    let question = chat["messages"][0]["id"].as_str().expect("an id");
    let url =
        |message: &str| server.url(&format!("/api/v1/chats/{id}/messages/{message}/feedback"));
    let put = |message: &str, body: Value| server.client.put(url(message)).json(&body).send();
    let kept = put(reply, json!({"verdict": "down", "comment": " too short "}));
    let kept: Value = kept.await.expect("sent").json().await.expect("JSON");
    assert_eq!(kept, json!({"verdict": "down", "comment": "too short"}));
    let again = put(reply, json!({"verdict": "up"})).await.expect("sent");
    assert_eq!(again.status(), 200);
    let wrong = put(question, json!({"verdict": "up"})).await.expect("sent");
    assert_eq!(wrong.status(), 404);
    let wrong = put(reply, json!({"verdict": "sideways"}))
        .await
        .expect("sent");
    assert_eq!(wrong.status(), 400);

    let chat = server.chat(&id).await;
    assert_eq!(
        chat["messages"][1]["feedback"],
        json!({"verdict": "up", "comment": null})
    );
    let page = server.get_json("/api/v1/feedback").await;
    let entry = &page["feedback"][0];
    assert_eq!(entry["question"], QUESTION);
    assert_eq!(entry["answer"], chat["messages"][1]["text"]);
    assert_eq!(entry["contexts"], chat["messages"][1]["answer"]["contexts"]);
    assert_eq!(
        (&entry["verdict"], &entry["chat"]),
        (&json!("up"), &json!(id))
    );
    let gone = server.client.delete(url(reply)).send().await.expect("sent");
    assert_eq!(gone.status(), 204);
    let page = server.get_json("/api/v1/feedback").await;
    assert_eq!(page, json!({"feedback": [], "next_cursor": null}));
    server.stop().await;
}

#[tokio::test]
async fn an_export_has_questions_answers_and_their_sources() {
    let server = Server::with_documents("manuals").await;
    let id = server.create_chat(&["manuals"]).await;
    server.say(&id, &json!({"question": QUESTION})).await;
    let response = server.get(&format!("/api/v1/chats/{id}/export")).await;
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/markdown; charset=utf-8");
    let disposition = headers["content-disposition"].to_str().expect("text");
    assert!(disposition.starts_with("attachment"), "{disposition}");
    let text = response.text().await.expect("text");
    for part in [
        "# Which port does the server listen on?\n",
        "Knowledge bases: manuals\n",
        "## Question\n",
        "## Answer\n",
        "7180",
        "- [1] ports.md, Network › Ports (manuals)\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    server.stop().await;
}
