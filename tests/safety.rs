//! Who may reach the server, and what an error gives away.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, riddle};

#[tokio::test]
async fn foreign_hosts_and_sites_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    let path = "/api/v1/knowledge-bases";
    let rebound = server
        .request(Method::GET, path)
        .header("host", "evil.example")
        .send()
        .await
        .expect("answers");
    assert!(rebound.status().is_client_error(), "{}", rebound.status());
    let body: Value = rebound.json().await.expect("JSON");
    assert_eq!(body["code"], "host_not_allowed", "{body}");

    for (header, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = server
            .request(Method::POST, path)
            .header(header, value)
            .json(&json!({"name": "x"}));
        let response = request.send().await.expect("answers");
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{header}");
        assert!(
            response
                .headers()
                .get("access-control-allow-origin")
                .is_none()
        );
    }
    assert_eq!(
        server.get(path).await["knowledge_bases"],
        json!([]),
        "nothing was made"
    );
}

#[tokio::test]
async fn with_a_key_every_route_wants_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = folder.path().join("key");
    let made = riddle(folder.path())
        .args(["serve", "--new-api-key"])
        .arg(&key_file)
        .status()
        .expect("runs");
    assert!(made.success());
    let key = std::fs::read_to_string(&key_file).expect("the key");
    let server = Server::start_with(
        folder.path(),
        &["--api-key-file", key_file.to_str().expect("UTF-8")],
    )
    .await;
    for path in [
        "/api/v1/knowledge-bases",
        "/v1/models",
        "/metrics",
        "/api/v1/no-such-route",
    ] {
        let (status, body) = server.call(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {body}");
    }
    let (status, health) = server.call(Method::GET, "/api/v1/health", None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        health["models"].is_null(),
        "health tells strangers no more than that it is up: {health}"
    );
    let told = |key: Option<&str>| {
        let mut command = riddle(folder.path());
        command.args(["kb", "list"]);
        command.envs(key.map(|key| ("RIDDLE_API_KEY", key)));
        let output = command.output().expect("runs");
        assert_eq!(output.status.code(), Some(4));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let without = told(None);
    assert!(
        without.contains("needs its API key") && without.contains("--api-key-file"),
        "{without}"
    );
    let other = told(Some("rk_another_0123456789abcdef0123456789"));
    assert!(
        other.contains("refuses the API key that it was given"),
        "{other}"
    );
    let server = server.with_key(key.trim());
    assert_eq!(
        server.get("/api/v1/knowledge-bases").await["knowledge_bases"],
        json!([])
    );
    let wrong = server
        .request(Method::GET, "/api/v1/knowledge-bases")
        .bearer_auth("rk_wrong");
    assert_eq!(
        wrong.send().await.expect("answers").status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_open_address_without_a_key_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = riddle(folder.path())
        .args(["serve", "--listen", "0.0.0.0:0"])
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("--new-api-key"), "{error}");
}

#[tokio::test]
async fn errors_have_a_code_and_give_nothing_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    for (method, path, body, status) in bad_requests() {
        let (answered, error) = server.call(method.clone(), &path, body).await;
        let text = error.to_string();
        let missing_model =
            answered == StatusCode::SERVICE_UNAVAILABLE && path.ends_with("knowledge-bases");
        assert!(
            answered.as_u16() == status || missing_model,
            "{method} {path}: {answered} {text}"
        );
        assert_ne!(error["code"].as_str().unwrap_or_default(), "", "{text}");
        let id = error["request_id"].as_str().unwrap_or_default();
        assert!(
            id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()),
            "{path}: {text}"
        );
        assert!(
            !text.contains(folder.path().to_str().expect("UTF-8")),
            "{path}: {text}"
        );
    }
}

/// Requests that cannot be served, and the status that says why.
fn bad_requests() -> Vec<(Method, String, Option<Value>, u16)> {
    let long = "x".repeat(9_000);
    let id = "0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e0f";
    vec![
        (
            Method::GET,
            "/api/v1/knowledge-bases/none".to_owned(),
            None,
            404,
        ),
        (Method::GET, format!("/api/v1/documents/{id}"), None, 404),
        (
            Method::GET,
            "/api/v1/documents/not-an-id".to_owned(),
            None,
            404,
        ),
        (Method::GET, "/no/such/route".to_owned(), None, 404),
        (Method::PUT, "/api/v1/knowledge-bases".to_owned(), None, 405),
        (
            Method::POST,
            "/api/v1/knowledge-bases".to_owned(),
            Some(json!({"name": "kb"})),
            409,
        ),
        (
            Method::POST,
            "/api/v1/knowledge-bases".to_owned(),
            Some(json!({"name": ""})),
            400,
        ),
        (
            Method::POST,
            "/api/v1/knowledge-bases".to_owned(),
            Some(json!({"name": id})),
            400,
        ),
        (
            Method::POST,
            "/api/v1/knowledge-bases".to_owned(),
            Some(json!({"name": "b", "embedder": "no-such"})),
            400,
        ),
        (
            Method::POST,
            "/api/v1/knowledge-bases/kb/search".to_owned(),
            Some(json!({"query": long})),
            400,
        ),
        (
            Method::POST,
            "/api/v1/knowledge-bases/kb/search".to_owned(),
            Some(json!("text")),
            400,
        ),
        (
            Method::GET,
            "/api/v1/knowledge-bases/kb/documents?limit=0".to_owned(),
            None,
            400,
        ),
        (
            Method::GET,
            "/api/v1/knowledge-bases/kb/documents?cursor=forged".to_owned(),
            None,
            400,
        ),
    ]
}

#[tokio::test]
async fn names_are_never_paths() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let documents = "/api/v1/knowledge-bases/kb/documents";
    for name in [
        "../../etc/passwd",
        "..\\..\\x",
        "a/../../b",
        "con\u{202e}fdp.exe",
    ] {
        let body = json!({"name": name, "text": "out"});
        let (status, refused) = server.call(Method::POST, documents, Some(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}: {refused}");
    }
    for name in ["/etc/passwd", "C:\\Windows\\x", "a/../etc/./passwd"] {
        let text = format!("the text of {name}");
        let id = server.add_text("kb", name, &text, json!({})).await;
        server.settle().await;
        assert_eq!(server.document(&id).await["status"], "ready", "{name}");
        let response = server
            .request(Method::GET, &format!("/api/v1/documents/{id}/content"))
            .send()
            .await;
        let response = response.expect("answers");
        let header = |name: &str| {
            response.headers()[name]
                .to_str()
                .expect("a text")
                .to_owned()
        };
        assert!(
            header("content-disposition").starts_with("attachment"),
            "{name}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(response.text().await.expect("a body"), text);
    }
    let outside = folder.path().parent().expect("a parent").join("etc");
    assert!(!outside.exists());
}
