//! Forms with files, and what may be wrong with one.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bounds::held_until_refused;
use crate::support::{Server, file};

#[tokio::test]
async fn an_upload_that_breaks_off_says_what_was_kept() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let form = Form::new()
        .part("file", file("a.md", "# A"))
        .part("file", file("b.md", "# B"))
        .part("surprise", file("c.md", "# C"));
    let response = server.upload("manuals", form).await;
    assert_eq!(response.status(), 400);
    let error: Value = response.json().await.expect("JSON");
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("2 documents"), "{message}");
    let kept = server
        .get_json("/api/v1/knowledge-bases/manuals/documents")
        .await;
    assert_eq!(kept["total"], 2);
    server.stop().await;
}

#[tokio::test]
async fn a_file_name_in_the_extended_form_alone_is_a_name() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let boundary = "b0undary";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%E6%89%8B%E5%86%8C.md\r\n\r\n# A\r\n--{boundary}--\r\n"
    );
    let url = server.url("/api/v1/knowledge-bases/manuals/documents");
    let request = server.client.post(url).body(body).header(
        "content-type",
        format!("multipart/form-data; boundary={boundary}"),
    );
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 202);
    let accepted: Value = response.json().await.expect("JSON");
    assert_eq!(accepted["documents"][0]["name"], "手册.md");
    server.stop().await;
}

#[tokio::test]
async fn metadata_of_an_upload_is_as_bounded_as_a_request() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let metadata = format!("{{\"a\": [{}0]}}", "0,".repeat(50_000));
    let form = Form::new()
        .part("metadata", Part::text(metadata))
        .part("file", file("a.md", "# A"));
    let response = server.upload("manuals", form).await;
    assert_eq!(response.status(), 413);
    server.stop().await;
}

/// The beginning of an upload whose metadata never gets whole.
fn half_of_metadata(bytes: usize) -> String {
    let head = "POST /api/v1/knowledge-bases/manuals/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b0undary\r\nContent-Length: 500000\r\n\r\n";
    let part = "--b0undary\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n";
    format!("{head}{part}{{\"a\": \"{}", "a".repeat(bytes))
}

#[tokio::test]
async fn metadata_that_is_half_sent_holds_its_part_of_the_memory() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let (held, refusal) = held_until_refused(&server, &half_of_metadata(190_000)).await;
    assert!(refusal.starts_with("HTTP/1.1 429"), "{refusal}");
    let search = json!({"query": "x"});
    let path = "/api/v1/knowledge-bases/manuals/search";
    let answered = server.post(path, &search).await;
    assert_eq!(answered.status(), 200, "questions have memory of their own");
    drop(held);
    let spaced = format!("{{\"a\": 1}}{}", " ".repeat(190_000));
    let mut status = 429;
    while status == 429 {
        let form = Form::new()
            .text("metadata", spaced.clone())
            .part("file", file("a.md", "# A"));
        status = server.upload("manuals", form).await.status().as_u16();
    }
    assert_eq!(status, 202, "the memory is free again");
    server.stop().await;
}

#[tokio::test]
async fn as_many_files_as_fit_may_have_metadata() {
    let server = Server::start(|options| options.max_upload_parts = 3).await;
    server.create_base("manuals").await;
    let form = |files: usize| {
        let form = Form::new().text("metadata", "{\"team\": \"net\"}");
        (0..files).fold(form, |form, place| {
            form.part("file", file(&format!("{place}.md"), "# A"))
        })
    };
    assert_eq!(server.upload("manuals", form(3)).await.status(), 202);
    let refused = server.upload("manuals", form(4)).await;
    assert_eq!(refused.status(), 413);
    let error: Value = refused.json().await.expect("JSON");
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("more than 3 files"), "{message}");
    server.stop().await;
}

#[tokio::test]
async fn metadata_is_bounded_as_a_whole_and_costs_no_other_document() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let lists = |count: usize| -> Value {
        let list = || json!(vec!["x".repeat(990); 4]);
        let fields = (0..count).map(|key| (key.to_string(), list()));
        Value::Object(fields.collect())
    };
    let form = |count: usize| {
        let form = Form::new().text("metadata", lists(count).to_string());
        form.part("file", file("a.md", "# A"))
    };
    assert_eq!(server.upload("manuals", form(4)).await.status(), 202);
    let refused = server.upload("manuals", form(5)).await;
    assert_eq!(refused.status(), 400);
    let error: Value = refused.json().await.expect("JSON");
    assert_eq!(error["param"], "metadata", "{error}");

    let text = |name: &str, count| json!({"name": name, "text": "# B", "metadata": lists(count)});
    let path = "/api/v1/knowledge-bases/manuals/documents";
    let several = json!([text("b.md", 5), text("c.md", 4)]);
    let response = server.post(path, &several).await;
    assert_eq!(response.status(), 202);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["errors"][0]["name"], "b.md", "{body}");
    assert_eq!(body["documents"][0]["outcome"], "created", "{body}");
    server.stop().await;
}

#[tokio::test]
async fn metadata_comes_once() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let form = Form::new()
        .text("metadata", "{\"team\": \"net\"}")
        .text("metadata", "{\"team\": \"hr\"}")
        .part("file", file("a.md", "# A"));
    let response = server.upload("manuals", form).await;
    assert_eq!(response.status(), 400);
    let error: Value = response.json().await.expect("JSON");
    assert_eq!(error["param"], "metadata");
    server.stop().await;
}
