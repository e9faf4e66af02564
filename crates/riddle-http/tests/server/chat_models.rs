//! Which language model answers: the request's, the chat's, the knowledge base's or the server's.

use std::sync::Arc;

use riddle_testkit::{ChatScript, FakeModels, ScriptedChat};
use serde_json::{Value, json};

use crate::chats::last;
use crate::support::Server;

const BASE: &str = "/api/v1/knowledge-bases/manuals";
const QUESTION: &str = "Which port does the server listen on?";

fn model(name: &str) -> Arc<ScriptedChat> {
    let script = ChatScript {
        rewritten: Ok("Which port does the server listen on?"),
        answer: &["7180", " [1]."],
        breaks: false,
    };
    ScriptedChat::named(name, script)
}

/// A server that answers by `usual` and has two more.
async fn server() -> Server {
    let models = FakeModels::default().with_chat(model("usual"));
    let models = models.with_chat(model("small")).with_chat(model("large"));
    Server::with_documents_and(Arc::new(models), "manuals").await
}

async fn patch(server: &Server, path: &str, body: Value) -> (u16, Value) {
    let request = server.client.patch(server.url(path)).json(&body);
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

/// The answer to the question, asked with this model or none.
async fn ask(server: &Server, chat_model: Option<&str>) -> Value {
    let body = json!({"question": QUESTION, "chat_model": chat_model});
    let response = server.post(&format!("{BASE}/ask"), &body).await;
    response.json().await.expect("JSON")
}

/// The model that answers the question in a chat.
async fn said(server: &Server, chat: &str, chat_model: Option<&str>) -> Value {
    let body = json!({"question": QUESTION, "chat_model": chat_model});
    let events = server.say(chat, &body).await;
    let (name, done) = last(&events);
    assert_eq!(name, "done", "{done}");
    done["message"]["answer"]["model"].clone()
}

#[tokio::test]
async fn the_request_goes_before_the_chat_the_knowledge_base_and_the_server() {
    let server = server().await;
    assert_eq!(ask(&server, None).await["model"], "usual");
    assert_eq!(ask(&server, Some("small")).await["model"], "small");
    let (status, changed) = patch(&server, BASE, json!({"chat_model": "large"})).await;
    assert_eq!((status, &changed["chat_model"]), (200, &json!("large")));
    assert_eq!(ask(&server, None).await["model"], "large");
    assert_eq!(ask(&server, Some("small")).await["model"], "small");

    let chat = server.create_chat(&["manuals"]).await;
    let path = format!("/api/v1/chats/{chat}");
    assert_eq!(said(&server, &chat, None).await, "large");
    let (_, changed) = patch(&server, &path, json!({"chat_model": "usual"})).await;
    assert_eq!(changed["chat_model"], "usual");
    assert_eq!(said(&server, &chat, None).await, "usual");
    assert_eq!(said(&server, &chat, Some("small")).await, "small");
    let (_, titled) = patch(&server, &path, json!({"title": "Ports"})).await;
    assert_eq!(titled["chat_model"], "usual", "what is left out stays");
    let (_, reset) = patch(&server, &path, json!({"chat_model": null})).await;
    assert_eq!(reset["chat_model"], Value::Null);
    assert_eq!(said(&server, &chat, None).await, "large");

    let (_, renamed) = patch(&server, BASE, json!({"description": "d"})).await;
    assert_eq!(renamed["chat_model"], "large", "what is left out stays");
    let (_, reset) = patch(&server, BASE, json!({"chat_model": null})).await;
    assert_eq!(reset["chat_model"], Value::Null);
    assert_eq!(ask(&server, None).await["model"], "usual");
    server.stop().await;
}

#[tokio::test]
async fn a_chat_and_a_knowledge_base_are_made_with_their_model() {
    let server = server().await;
    let body = json!({"knowledge_bases": ["manuals"], "chat_model": "small"});
    let made: Value = server
        .post("/api/v1/chats", &body)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(made["chat_model"], "small");
    let id = made["id"].as_str().expect("an id");
    assert_eq!(server.chat(id).await["chat_model"], "small");
    assert_eq!(said(&server, id, None).await, "small");
    // The second question is made stand-alone by the chat's model too, or by none of them.
    assert_eq!(said(&server, id, None).await, "small");
    let body = json!({"name": "other", "chat_model": "large"});
    server.post("/api/v1/knowledge-bases", &body).await;
    let other = server.get_json("/api/v1/knowledge-bases/other").await;
    assert_eq!(other["chat_model"], "large");
    // The first one of several says.
    let body = json!({"knowledge_bases": ["other", "manuals"], "question": QUESTION});
    let several: Value = server
        .post("/api/v1/ask", &body)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(several["model"], "large", "{several}");
    server.stop().await;
}

#[tokio::test]
async fn quoted_answers_can_be_chosen_and_say_nothing_of_a_missing_model() {
    let server = server().await;
    let quoted = ask(&server, Some("extractive")).await;
    assert_eq!(
        (&quoted["mode"], &quoted["model"]),
        (&json!("extractive"), &json!("extractive"))
    );
    let notices = quoted["notices"].to_string();
    assert!(
        !notices.contains("no_language_model"),
        "it was asked for: {notices}"
    );
    let (status, _) = patch(&server, BASE, json!({"chat_model": "extractive"})).await;
    assert_eq!(status, 200);
    assert_eq!(ask(&server, None).await["mode"], "extractive");
    assert_eq!(ask(&server, Some("usual")).await["mode"], "generated");
    server.stop().await;
}

#[tokio::test]
async fn comparisons_and_openai_clients_choose_too() {
    let server = server().await;
    let body = json!({"question": QUESTION, "chat_model": "small"});
    let compared = server.post(&format!("{BASE}/compare"), &body).await;
    let compared: Value = compared.json().await.expect("JSON");
    for variant in ["without_rerank", "with_rerank"] {
        assert_eq!(compared[variant]["model"], "small", "{variant}");
    }
    let body = json!({
        "model": "riddle/manuals", "messages": [{"role": "user", "content": QUESTION}],
        "riddle": {"chat_model": "large"}
    });
    let completed = server.post("/v1/chat/completions", &body).await;
    let completed: Value = completed.json().await.expect("JSON");
    let answered_by = &completed["choices"][0]["message"]["riddle"]["answered_by"];
    assert_eq!(answered_by, "large", "{completed}");
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_is_not_there_is_refused_before_anything_is_done() {
    let server = server().await;
    let chat = server.create_chat(&["manuals"]).await;
    let long = "a".repeat(100_000);
    for name in ["absent", "", long.as_str()] {
        let asked = json!({"question": QUESTION, "chat_model": name});
        for path in [
            format!("{BASE}/ask"),
            format!("{BASE}/compare"),
            format!("/api/v1/chats/{chat}/messages"),
        ] {
            let response = server.post(&path, &asked).await;
            assert_eq!(response.status(), 400, "{path}");
            let error: Value = response.json().await.expect("JSON");
            let message = error["message"].as_str().expect("text");
            assert_eq!(error["param"], "chat_model", "{path}: {message}");
            assert!(message.contains("pull it") || name == long, "{message}");
            assert!(message.len() < 1_000, "an error repeats what was sent");
        }
        for path in [BASE.to_owned(), format!("/api/v1/chats/{chat}")] {
            let (status, error) = patch(&server, &path, json!({"chat_model": name})).await;
            assert_eq!(
                (status, &error["param"]),
                (400, &json!("chat_model")),
                "{path}"
            );
        }
        for (path, body) in [
            (
                "/api/v1/knowledge-bases",
                json!({"name": "new", "chat_model": name}),
            ),
            (
                "/api/v1/chats",
                json!({"knowledge_bases": ["manuals"], "chat_model": name}),
            ),
        ] {
            assert_eq!(server.post(path, &body).await.status(), 400, "{path}");
        }
    }
    assert_eq!(
        server.chat(&chat).await["messages"],
        json!([]),
        "nothing is kept"
    );
    server.stop().await;
}

#[tokio::test]
async fn models_of_other_servers_are_listed_to_be_chosen_and_the_usual_one_is_named() {
    let server = server().await;
    let library = server.get_json("/api/v1/models").await;
    assert_eq!(library["default_chat"], "usual");
    let models = library["models"].as_array().expect("models").iter();
    let mut chats: Vec<_> = models
        .filter(|model| model["role"] == "chat")
        .map(|model| (&model["name"], &model["state"]))
        .collect();
    chats.sort_by_key(|(name, _)| name.to_string());
    let installed = json!("installed");
    let expected = ["large", "small", "usual"].map(|name| json!(name));
    let expected: Vec<_> = expected.iter().map(|name| (name, &installed)).collect();
    assert_eq!(chats, expected);
    server.stop().await;
}
