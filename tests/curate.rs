//! Chunks that people edit, disable and restore.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;

const HOTELS: &str =
    "# Hotels\n\nA hotel may cost 120 euros a night. Breakfast is paid by the guest.\n";
const GARDEN: &str =
    "# Garden\n\nTomatoes are watered every morning, and the greenhouse is locked at eight.\n";
const EDITED: &str = "Zeppelins moor at the north tower, and a ticket costs nine florins.";

struct Desk {
    server: Server,
    document: String,
    chunk: String,
}

impl Desk {
    async fn new(folder: &std::path::Path) -> Self {
        let server = Server::start(folder).await;
        server.create("kb").await;
        let document = server.add_text("kb", "hotels.md", HOTELS, json!({})).await;
        server.add_text("kb", "garden.md", GARDEN, json!({})).await;
        server.settle().await;
        let path = format!("/api/v1/documents/{document}/chunks");
        let chunks = server.get(&path).await;
        let first = &chunks["chunks"][0];
        assert_eq!(first["enabled"], true, "{first}");
        assert_eq!(first["edited"], false, "{first}");
        assert_eq!(first["revision"], 1, "{first}");
        let chunk = first["id"].as_str().expect("an id").to_owned();
        Self {
            server,
            document,
            chunk,
        }
    }

    fn path(&self) -> String {
        format!("/api/v1/chunks/{}", self.chunk)
    }

    async fn patch(&self, body: Value) -> (StatusCode, Value) {
        self.server
            .call(Method::PATCH, &self.path(), Some(body))
            .await
    }

    async fn changed(&self, body: Value) -> Value {
        let (status, chunk) = self.patch(body).await;
        assert_eq!(status, StatusCode::OK, "{chunk}");
        assert_eq!(chunk["pending"], false, "{chunk}");
        chunk
    }

    /// The text under which a search of one kind shows the chunk, if it does.
    async fn found(&self, query: &str, mode: &str) -> Option<String> {
        let body = json!({"query": query, "mode": mode, "rerank": false, "top_n": 10});
        let response = self.server.search("kb", body).await;
        let hits = response["hits"].as_array().expect("hits");
        let hit = hits.iter().find(|hit| hit["chunk_id"] == json!(self.chunk));
        hit.map(|hit| hit["text"].as_str().expect("a text").to_owned())
    }

    async fn rebuild_indexes(self, folder: &std::path::Path) -> Self {
        let Self {
            mut server,
            document,
            chunk,
        } = self;
        server.kill();
        drop(server);
        std::fs::remove_dir_all(folder.join("index"))
            .expect("the indexes are in a folder of their own");
        let server = Server::start(folder).await;
        server.settle().await;
        Self {
            server,
            document,
            chunk,
        }
    }
}

#[tokio::test]
async fn an_edited_passage_is_found_by_its_new_words_alone_even_after_a_rebuild() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut desk = Desk::new(folder.path()).await;
    assert!(desk.found("breakfast", "bm25").await.is_some());
    let chunk = desk.changed(json!({"text": EDITED, "revision": 1})).await;
    assert_eq!(chunk["text"], EDITED);
    assert_eq!(
        (&chunk["edited"], &chunk["revision"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(chunk["heading_path"], json!(["Hotels"]));
    for rebuilt in [false, true] {
        if rebuilt {
            desk = desk.rebuild_indexes(folder.path()).await;
        }
        assert_eq!(desk.found("breakfast", "bm25").await, None);
        assert_eq!(
            desk.found("zeppelins", "bm25").await.as_deref(),
            Some(EDITED)
        );
        let nearest = desk
            .server
            .search("kb", json!({"query": "where do airships land?", "mode": "dense", "rerank": false, "top_n": 1}))
            .await;
        assert_eq!(nearest["hits"][0]["text"], EDITED, "{nearest}");
        let read = desk.server.get(&desk.path()).await;
        assert_eq!(read["text"], EDITED);
        assert_eq!(read["document"]["name"], "hotels.md");
        let audit = desk
            .server
            .post("/api/v1/audit", json!({"repair": false}))
            .await;
        assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
    }
    let asked = desk
        .server
        .post(
            "/api/v1/knowledge-bases/kb/ask",
            json!({"question": "What does a zeppelin ticket cost?"}),
        )
        .await;
    assert!(
        asked["contexts"].to_string().contains("nine florins"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_disabled_passage_is_nowhere_until_it_is_enabled() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut desk = Desk::new(folder.path()).await;
    let chunk = desk.changed(json!({"enabled": false})).await;
    assert_eq!(
        (&chunk["enabled"], &chunk["edited"]),
        (&json!(false), &json!(false))
    );
    for rebuilt in [false, true] {
        if rebuilt {
            desk = desk.rebuild_indexes(folder.path()).await;
        }
        for mode in ["bm25", "dense", "hybrid"] {
            assert_eq!(
                desk.found("what may a hotel cost?", mode).await,
                None,
                "{mode}"
            );
        }
        let chat = desk
            .server
            .post("/api/v1/chats", json!({"knowledge_bases": ["kb"]}))
            .await;
        let messages = format!(
            "/api/v1/chats/{}/messages",
            chat["id"].as_str().expect("an id")
        );
        let events = desk
            .server
            .events(
                &messages,
                json!({"question": "What may a hotel cost a night?"}),
            )
            .await;
        assert!(events.iter().any(|(name, _)| name == "done"), "{events:?}");
        assert!(
            !events.iter().any(|(_, data)| data.contains("120 euros")),
            "{events:?}"
        );
        let audit = desk
            .server
            .post("/api/v1/audit", json!({"repair": false}))
            .await;
        assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
    }
    let listed = desk
        .server
        .get(&format!("/api/v1/documents/{}/chunks", desk.document))
        .await;
    assert_eq!(listed["chunks"][0]["enabled"], false, "{listed}");
    desk.changed(json!({"enabled": true})).await;
    for mode in ["bm25", "dense"] {
        assert!(
            desk.found("what may a hotel cost?", mode).await.is_some(),
            "{mode}"
        );
    }
}

#[tokio::test]
async fn every_revision_can_be_read_and_brought_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::new(folder.path()).await;
    let original = desk.server.get(&desk.path()).await["text"].clone();
    desk.changed(json!({"text": EDITED})).await;
    desk.changed(json!({"enabled": false})).await;
    let unchanged = desk
        .changed(json!({"text": EDITED, "enabled": false}))
        .await;
    assert_eq!(
        unchanged["revision"], 3,
        "what changes nothing is no revision"
    );
    let history = desk.server.get(&format!("{}/history", desk.path())).await;
    let revisions = history["revisions"].as_array().expect("revisions");
    let shown: Vec<Value> = revisions
        .iter()
        .map(|past| {
            json!([
                past["revision"],
                past["text"],
                past["enabled"],
                past["current"]
            ])
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!([3, EDITED, false, true]),
            json!([2, EDITED, true, false]),
            json!([1, original, true, false]),
        ]
    );
    let restored = desk
        .server
        .post(&format!("{}/restore", desk.path()), json!({"revision": 1}))
        .await;
    assert_eq!(restored["text"], original);
    assert_eq!(
        (
            &restored["enabled"],
            &restored["edited"],
            &restored["revision"]
        ),
        (&json!(true), &json!(false), &json!(4))
    );
    assert!(desk.found("breakfast", "bm25").await.is_some());
    assert_eq!(desk.found("zeppelins", "bm25").await, None);
    let (status, error) = desk
        .server
        .call(
            Method::POST,
            &format!("{}/restore", desk.path()),
            Some(json!({"revision": 9})),
        )
        .await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::NOT_FOUND, &json!("revision_not_found"))
    );
}

#[tokio::test]
async fn what_cannot_be_changed_is_refused_and_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::new(folder.path()).await;
    let before = desk.server.get(&desk.path()).await;
    let long = "hotel ".repeat(3_000);
    for (body, status, code) in [
        (json!({}), StatusCode::BAD_REQUEST, "invalid_request"),
        (
            json!({"text": " \n"}),
            StatusCode::BAD_REQUEST,
            "invalid_request",
        ),
        (
            json!({"text": long}),
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
        ),
        (
            json!({"text": EDITED, "revision": 2}),
            StatusCode::CONFLICT,
            "chunk_changed",
        ),
    ] {
        let (got, error) = desk.patch(body).await;
        assert_eq!((got, &error["code"]), (status, &json!(code)), "{error}");
    }
    assert_eq!(desk.server.get(&desk.path()).await, before);
    desk.changed(json!({"text": EDITED, "revision": 1})).await;
    let (status, _) = desk.patch(json!({"enabled": false, "revision": 1})).await;
    assert_eq!(status, StatusCode::CONFLICT);

    // Other bytes under the same name are processed anew; the edit was of passages that are gone then.
    let bytes = format!("{HOTELS}\nDinner is at seven.\n");
    desk.server
        .add_text("kb", "hotels.md", &bytes, json!({}))
        .await;
    desk.server.settle().await;
    let (status, error) = desk.patch(json!({"enabled": false})).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::NOT_FOUND, &json!("chunk_not_found"))
    );
    assert_eq!(desk.found("zeppelins", "bm25").await, None);
    let absent = format!("/api/v1/chunks/{}/history", uuid_of_nothing());
    let (status, _) = desk.server.call(Method::GET, &absent, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_kill_among_edits_leaves_database_and_indexes_agreeing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut desk = Desk::new(folder.path()).await;
    for round in 0_u32..4 {
        // However slow the machine is, there is one.
        desk.changed(json!({"text": format!("round{round}x stands here")}))
            .await;
        let edits = async {
            // Ends when the server is gone.
            for number in 0_u32.. {
                let body = json!({"text": format!("word{number}x stands here"), "enabled": number % 3 > 0});
                let request = desk.server.request(Method::PATCH, &desk.path());
                if request.json(&body).send().await.is_err() {
                    break;
                }
            }
        };
        let kill = tokio::time::sleep(Duration::from_millis(u64::from(40 + 37 * round)));
        tokio::select! {
            () = edits => {}
            () = kill => {}
        }
        desk.server.kill();
        desk.server = Server::start(folder.path()).await;
        desk.server.settle().await;
        let chunk = desk.server.get(&desk.path()).await;
        assert_eq!(chunk["pending"], false, "{chunk}");
        let text = chunk["text"].as_str().expect("a text");
        let word = text.split(' ').next().expect("a word");
        let found = desk.found(word, "bm25").await;
        let expected = chunk["enabled"].as_bool().expect("a state").then_some(text);
        assert_eq!(found.as_deref(), expected, "{chunk}");
        let history = desk.server.get(&format!("{}/history", desk.path())).await;
        assert_eq!(history["revisions"][0]["text"], text, "{history}");
        assert_eq!(history["revisions"][0]["revision"], chunk["revision"]);
        let audit = desk
            .server
            .post("/api/v1/audit", json!({"repair": false}))
            .await;
        assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
    }
}

fn uuid_of_nothing() -> &'static str {
    "00000000-0000-4000-8000-000000000000"
}
