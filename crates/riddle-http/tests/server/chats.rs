use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, events};

pub(crate) const QUESTION: &str = "Which port does the server listen on?";

impl Server {
    pub(crate) async fn create_chat(&self, bases: &[&str]) -> String {
        let response = self
            .post("/api/v1/chats", &json!({ "knowledge_bases": bases }))
            .await;
        assert_eq!(response.status(), 201);
        let chat: Value = response.json().await.expect("JSON");
        chat["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn chat(&self, id: &str) -> Value {
        self.get_json(&format!("/api/v1/chats/{id}")).await
    }

    /// All events of an answer.
    pub(crate) async fn say(&self, chat: &str, body: &Value) -> Vec<(String, Value)> {
        let response = self
            .post(&format!("/api/v1/chats/{chat}/messages"), body)
            .await;
        assert_eq!(response.status(), 200, "{body}");
        events(&response.text().await.expect("text"))
    }

    /// The chat once no answer is in the making.
    pub(crate) async fn settled(&self, id: &str) -> Value {
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

pub(crate) fn last(events: &[(String, Value)]) -> (&str, &Value) {
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
        ("port%20the%20WHICH", vec![&ports]),
        ("ｐｏｒｔｓ", vec![&ports]),
        ("多久%20蛋糕", vec![&cakes]),
        ("烤%20蛋糕", vec![&cakes]),
        ("port%20蛋糕", vec![]),
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
