//! A disk without room, originals that are damaged, and documents over which the server ends.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, riddle};

/// More than any disk has.
const ALL: &str = "[storage]\nreserve = \"1000000GiB\"\n";
const NOTHING: &str = "[storage]\nreserve = \"0\"\n";
/// Ends of the server over one document before it is set aside.
const MAX_CRASHES: usize = 5;

fn configure(data_dir: &Path, text: &str) {
    std::fs::write(data_dir.join("riddle.toml"), text).expect("a configuration");
}

/// Whether health says this, and that not all is well.
async fn is_told(server: &Server, code: &str) -> bool {
    let health = server.get("/api/v1/health").await;
    let notices = health["notices"].as_array().expect("notices");
    health["ok"] == false && notices.iter().any(|notice| notice["code"] == code)
}

async fn refused(server: &Server, method: Method, path: &str, body: Value) -> String {
    let request = server.request(method, path).json(&body);
    let response = request.send().await.expect("the server answers");
    assert_eq!(
        response.status(),
        StatusCode::INSUFFICIENT_STORAGE,
        "{path}"
    );
    let error: Value = response.json().await.expect("JSON");
    assert_eq!(error["code"], "disk_full", "{error}");
    error["message"].as_str().expect("a text").to_owned()
}

/// Nothing that would be kept is begun or changed.
async fn takes_nothing_new(server: &Server) {
    let question = json!({"question": "Which colour?"});
    let messages = format!("chats/{}/messages", uuid::Uuid::nil());
    for (path, body) in [
        ("knowledge-bases", json!({"name": "other"})),
        ("knowledge-bases/kb/compare", question.clone()),
        ("chats", json!({"knowledge_bases": ["kb"]})),
        (messages.as_str(), question),
        (
            "evaluations/sets",
            json!({"name": "set", "knowledge_base": "kb"}),
        ),
        ("evaluations/runs", json!({"set": "set"})),
    ] {
        refused(server, Method::POST, &format!("/api/v1/{path}"), body).await;
    }
    let (chat, nobody) = (format!("chats/{}", uuid::Uuid::nil()), uuid::Uuid::nil());
    for (method, path, body) in [
        (
            Method::PATCH,
            "knowledge-bases/kb".to_owned(),
            json!({"description": "changed"}),
        ),
        (Method::PATCH, chat.clone(), json!({"title": "changed"})),
        (
            Method::PUT,
            format!("{chat}/messages/{nobody}/feedback"),
            json!({"verdict": "up"}),
        ),
        (
            Method::PUT,
            format!("comparisons/{nobody}/preference"),
            json!({"preference": "same"}),
        ),
    ] {
        refused(server, method, &format!("/api/v1/{path}"), body).await;
    }
}

/// The server has the document and ends before anybody works on it.
async fn leave_queued(data_dir: &Path, name: &str) -> String {
    let mut server = Server::start_with(data_dir, &["--kill-at", "job-claimed:1"]).await;
    let id = server.add_text("kb", name, "It waits.", json!({})).await;
    ended(&mut server).await;
    id
}

async fn ended(server: &mut Server) {
    while !server.has_ended() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn below_the_reserve_nothing_new_is_taken_and_all_else_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), NOTHING);
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let old = server
        .add_text("kb", "old.md", "Apples are red.", json!({}))
        .await;
    server.settle().await;
    server.stop();
    let waiting = leave_queued(folder.path(), "waiting.md").await;

    configure(folder.path(), ALL);
    let server = Server::start(folder.path()).await;
    let path = "/api/v1/knowledge-bases/kb/documents";
    let body = json!({"name": "new.md", "text": "Pears are green."});
    let message = refused(&server, Method::POST, path, body).await;
    assert!(message.contains("delete documents"), "{message}");
    let chunks = server
        .get(&format!("/api/v1/documents/{old}/chunks?limit=1"))
        .await;
    let chunk = chunks["chunks"][0]["id"].as_str().expect("an id");
    let path = format!("/api/v1/chunks/{chunk}");
    refused(&server, Method::PATCH, &path, json!({"enabled": false})).await;
    takes_nothing_new(&server).await;
    assert!(is_told(&server, "disk_full").await);
    let found = server
        .search("kb", json!({"query": "apples", "rerank": false}))
        .await;
    assert_eq!(found["hits"][0]["document"]["name"], "old.md");
    // Long enough for it to be tried and to fail, if it were.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(server.document(&waiting).await["status"], "queued");
    let path = format!("/api/v1/documents/{old}");
    let response = server.request(Method::DELETE, &path).send().await;
    assert_eq!(
        response.expect("an answer").status(),
        StatusCode::NO_CONTENT
    );
    server.stop();

    configure(folder.path(), NOTHING);
    let server = Server::start(folder.path()).await;
    server.settle().await;
    assert_eq!(server.document(&waiting).await["status"], "ready");
    assert!(!is_told(&server, "disk_full").await);
    server.stop();
}

/// Another program takes all room that there is while documents are in work.
#[tokio::test]
async fn a_disk_that_others_fill_costs_no_document_and_all_goes_on_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((server, data)) = Server::start_on_disk(folder.path(), 64).await else {
        return;
    };
    server.create("kb").await;
    let text = "Apples are red.";
    let mut accepted = vec![server.add_text("kb", "old.md", text, json!({})).await];
    server.settle().await;
    for number in 0..20 {
        let text = format!("Note {number}. ").repeat(200);
        let name = format!("{number}.md");
        accepted.push(server.add_text("kb", &name, &text, json!({})).await);
    }
    let ballast = data.join("ballast");
    let mut file = File::create(&ballast).expect("a file");
    while file.write_all(&[1; 1 << 16]).is_ok() {}
    let path = "/api/v1/knowledge-bases/kb/documents";
    let body = json!({"name": "new.md", "text": "Pears are green."});
    refused(&server, Method::POST, path, body.clone()).await;
    assert!(is_told(&server, "disk_full").await);
    let found = server
        .search("kb", json!({"query": "apples", "rerank": false}))
        .await;
    assert_eq!(found["hits"][0]["document"]["name"], "old.md");

    drop(file);
    std::fs::remove_file(&ballast).expect("removed");
    while server.call(Method::GET, "/api/v1/health", None).await.1["ok"] != true {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let new = server.post(path, body).await;
    accepted.push(
        new["documents"][0]["id"]
            .as_str()
            .expect("an id")
            .to_owned(),
    );
    server.settle().await;
    for id in &accepted {
        let document = server.document(id).await;
        assert_eq!(document["status"], "ready", "{document}");
    }
    let audit = server
        .post("/api/v1/audit", json!({"originals": true}))
        .await;
    assert_eq!(audit["consistent"], true, "{audit}");
    server.stop();
}

#[tokio::test]
async fn an_end_of_the_server_is_blamed_on_what_was_in_hand_alone() {
    for (point, status) in [("job-claimed:1", "ready"), ("document-parsed:1", "failed")] {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(folder.path()).await;
        server.create("kb").await;
        server.stop();
        let mut id = None;
        for _ in 0..MAX_CRASHES {
            // Going on with the document may end it before it is ready.
            let started = Server::try_start(folder.path(), &["--kill-at", point]).await;
            let Some(mut server) = started else { continue };
            if id.is_none() {
                id = Some(server.add_text("kb", "one.md", "One.", json!({})).await);
            }
            ended(&mut server).await;
        }
        let server = Server::start(folder.path()).await;
        server.settle().await;
        let document = server.document(&id.expect("it was added")).await;
        assert_eq!(document["status"], status, "{point}: {document}");
        if status == "failed" {
            assert_eq!(document["failure"]["code"], "quarantined", "{document}");
        }
        server.stop();
    }
}

#[tokio::test]
async fn damaged_and_missing_originals_are_named_and_never_handed_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let mut ids = Vec::new();
    for text in ["Sound.", "Damaged.", "Missing."] {
        ids.push(
            server
                .add_text("kb", &format!("{text}md"), text, json!({}))
                .await,
        );
    }
    server.settle().await;
    let audit = server.post("/api/v1/audit", json!({})).await;
    assert!(audit.get("originals").is_none(), "{audit}");
    for entry in std::fs::read_dir(folder.path().join("blobs")).expect("blobs") {
        let path = entry.expect("an entry").path();
        match std::fs::read_to_string(&path).expect("a text").as_str() {
            "Damaged." => std::fs::write(&path, "Danaged.").expect("written"),
            "Missing." => std::fs::remove_file(&path).expect("removed"),
            _ => {}
        }
    }
    let audit = server
        .post("/api/v1/audit", json!({"originals": true}))
        .await;
    let originals = &audit["originals"];
    assert_eq!(
        (&originals["checked"], &originals["damaged"]),
        (&json!(3), &json!(2))
    );
    for (id, missing) in [(&ids[1], false), (&ids[2], true)] {
        let named = originals["documents"].as_array().expect("a list").iter();
        let mut named = named.filter(|document| document["id"] == json!(id));
        assert_eq!(named.next().expect("named")["missing"], missing, "{audit}");
        let path = format!("/api/v1/documents/{id}/content");
        let response = server.request(Method::GET, &path).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let error: Value = response.json().await.expect("JSON");
        assert_eq!(error["code"], "damaged_original");
    }
    assert!(is_told(&server, "damaged_originals").await);
    let output = riddle(folder.path())
        .args(["doctor", "--originals"])
        .output();
    let told = String::from_utf8_lossy(&output.expect("it runs").stdout).into_owned();
    for line in [
        format!("DAMAGED {} Damaged.md", ids[1]),
        format!("MISSING {} Missing.md", ids[2]),
    ] {
        assert!(told.contains(&line), "{told}");
    }
    server.stop();
}
