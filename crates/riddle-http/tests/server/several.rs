use serde_json::{Value, json};

use crate::support::Server;

const MORE: &str =
    "# Office\n\nThe coffee machine listens to nobody. Its port for cups is on the left.\n";

async fn two_bases() -> Server {
    let server = Server::with_documents("manuals").await;
    server.create_base("office").await;
    server.add_ready("office", "coffee.md", MORE).await;
    server
}

#[tokio::test]
async fn several_knowledge_bases_are_searched_at_once_and_hits_name_theirs() {
    let server = two_bases().await;
    let body =
        json!({"query": "port", "top_n": 5, "knowledge_bases": ["manuals", "office", "manuals"]});
    let found: Value = server
        .post("/api/v1/search", &body)
        .await
        .json()
        .await
        .expect("JSON");
    let mut names: Vec<(&str, &str)> = found["hits"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|hit| {
            let document = &hit["document"];
            (
                document["knowledge_base"]["name"].as_str().expect("a name"),
                document["name"].as_str().expect("a name"),
            )
        })
        .collect();
    names.sort_unstable();
    assert_eq!(names, [("manuals", "ports.md"), ("office", "coffee.md")]);

    // One alone finds what the route of a knowledge base finds.
    let alone = json!({"query": "port", "knowledge_bases": ["office"]});
    let alone: Value = server
        .post("/api/v1/search", &alone)
        .await
        .json()
        .await
        .expect("JSON");
    let own: Value = server
        .post(
            "/api/v1/knowledge-bases/office/search",
            &json!({"query": "port"}),
        )
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(alone["hits"], own["hits"]);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_and_a_chat_draw_on_several_knowledge_bases() {
    let server = two_bases().await;
    let bases = ["manuals", "office"];
    let body = json!({"question": "Where is the port for cups?", "knowledge_bases": bases});
    let answer: Value = server
        .post("/api/v1/ask", &body)
        .await
        .json()
        .await
        .expect("JSON");
    let cited = &answer["citations"][0]["document"];
    assert_eq!(cited["knowledge_base"]["name"], "office", "{answer}");
    let chat: Value = server
        .post("/api/v1/chats", &json!({"knowledge_bases": bases}))
        .await
        .json()
        .await
        .expect("JSON");
    let path = format!(
        "/api/v1/chats/{}/messages",
        chat["id"].as_str().expect("an id")
    );
    let body = json!({"question": "Where is the port for cups?"});
    let text = server.post(&path, &body).await.text().await.expect("text");
    let events = crate::support::events(&text);
    let (name, done) = events.last().expect("an event");
    assert_eq!(name, "done");
    assert_eq!(done["message"]["answer"]["answer"], answer["answer"]);
    server.stop().await;
}

#[tokio::test]
async fn a_knowledge_base_that_is_not_there_is_named() {
    let server = two_bases().await;
    let body = json!({"query": "port", "knowledge_bases": ["manuals", "attic"]});
    let response = server.post("/api/v1/search", &body).await;
    assert_eq!(response.status(), 404);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["code"], "knowledge_base_not_found");
    assert!(body["message"].as_str().expect("text").contains("attic"));
    for (bases, status) in [(json!([]), 400), (json!(vec!["manuals"; 17]), 400)] {
        let body = json!({"question": "port", "knowledge_bases": bases});
        let response = server.post("/api/v1/ask", &body).await;
        assert_eq!(response.status(), status);
    }
    let unknown = json!({"query": "port", "knowledge_bases": ["manuals"], "topk": 1});
    let response = server.post("/api/v1/search", &unknown).await;
    assert_eq!(response.status(), 400);
    server.stop().await;
}
