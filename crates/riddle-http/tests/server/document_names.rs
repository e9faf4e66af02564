//! A name has one spelling and one document; equal bytes under another name are another document.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{PORTS, Server, file};

const PATH: &str = "/api/v1/knowledge-bases/names/documents";

/// Uploads a file under the parameters of a `Content-Disposition` as they are, and returns status and answer.
async fn upload_raw(server: &Server, parameters: &[u8], text: &str) -> (u16, Value) {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; ".to_vec();
    body.extend_from_slice(parameters);
    body.extend_from_slice(format!("\r\n\r\n{text}\r\n--b--\r\n").as_bytes());
    let request = server.client.post(server.url(PATH));
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    let response = request.body(body).send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

async fn upload_named(server: &Server, name: &str, text: &str) -> Value {
    let body = json!({"name": name, "text": text});
    server.post(PATH, &body).await.json().await.expect("JSON")
}

async fn listed(server: &Server, query: &str) -> Vec<String> {
    let list = server
        .get_json(&format!("{PATH}?sort=name&limit=100{query}"))
        .await;
    let documents = list["documents"].as_array().expect("a list").iter();
    documents
        .map(|document| document["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn one_name_is_one_document_however_it_is_spelled() {
    let server = Server::start(|_options| {}).await;
    server.create_base("names").await;
    let spelled = [
        ("Überblick.md", "U\u{308}berblick.md"),
        ("docs/guide.txt", "docs\\guide.txt"),
        ("a/c.txt", "./a//b/../c.txt"),
        ("abs/olute.txt", "/abs/olute.txt"),
        ("C/Users/me.txt", "C:\\Users\\me.txt"),
        ("mark.txt", "\u{FEFF}mark\u{200E}.txt "),
    ];
    for (name, other) in spelled {
        let first = upload_named(&server, name, "first text").await;
        assert_eq!(first["documents"][0]["outcome"], "created", "{first}");
        let again = upload_named(&server, other, "first text").await;
        assert_eq!(again["documents"][0]["outcome"], "unchanged", "{again}");
        let second = upload_named(&server, other, "second text").await;
        let second = &second["documents"][0];
        assert_eq!(second["outcome"], "replaced", "{second}");
        assert_eq!(second["name"], name);
        assert_eq!(second["id"], first["documents"][0]["id"]);
    }
    let mut names = spelled.map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(listed(&server, "").await, names);
    // Whoever searches names on a Mac types what others type.
    let found = listed(&server, "&search=U%CC%88berblick").await;
    assert_eq!(found, ["Überblick.md"]);
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_leads_out_or_misleads_is_refused_and_the_others_are_kept() {
    let server = Server::start(|_options| {}).await;
    server.create_base("names").await;
    let long = "x".repeat(1_001);
    let refused = [
        ("../../escape.txt", "lead out"),
        ("..\\escape.txt", "lead out"),
        ("docs/", "behind the last slash"),
        ("a\u{202E}txt.exe", "U+202E"),
        ("a\tb.txt", "U+0009"),
        (" / ", "needs a name"),
        (&long, "1000 characters"),
    ];
    for (name, reason) in refused {
        let body = json!([{"name": "kept.txt", "text": "kept"}, {"name": name, "text": "refused"}]);
        let response = server.post(PATH, &body).await;
        assert_eq!(response.status(), 202, "{name:?}");
        let body: Value = response.json().await.expect("JSON");
        let message = body["errors"][0]["message"].as_str().expect("a reason");
        assert!(message.contains(reason), "{name:?}: {message}");
        let alone = server
            .post(PATH, &json!({"name": name, "text": "refused"}))
            .await;
        assert_eq!(alone.status(), 400, "{name:?}");
    }
    assert_eq!(listed(&server, "").await, ["kept.txt"]);
    server.stop().await;
}

#[tokio::test]
async fn file_names_of_forms_are_read_as_http_says() {
    let server = Server::start(|_options| {}).await;
    server.create_base("names").await;
    let sent: [(&str, &str); 6] = [
        (r#"filename="docs\guide.txt""#, "docs/guide.txt"),
        (r#"filename="a \"b\".txt""#, "a \"b\".txt"),
        (r#"filename="c %22d%22.txt""#, "c \"d\".txt"),
        (r#"filename="100%20 sure.txt""#, "100%20 sure.txt"),
        (
            r#"filename="f.txt"; filename*=UTF-8''%C3%9Cbersicht.txt"#,
            "Übersicht.txt",
        ),
        (r#"filename*=UTF-8''sub%2FU%CC%88.txt"#, "sub/Ü.txt"),
    ];
    for (parameters, name) in sent {
        let (status, answer) = upload_raw(&server, parameters.as_bytes(), parameters).await;
        assert_eq!(status, 202, "{answer}");
        assert_eq!(answer["documents"][0]["name"], name, "{parameters}");
        assert_eq!(answer["documents"][0]["outcome"], "created");
    }
    for parameters in [
        r#"filename*=UTF-8''..%2F..%2Fetc%2Fpasswd"#,
        r#"filename="""#,
    ] {
        let (status, answer) = upload_raw(&server, parameters.as_bytes(), "text").await;
        assert_eq!(status, 400, "{answer}");
    }
    let (status, _) = upload_raw(&server, b"filename=\"\xfc.txt\"", "text").await;
    assert_eq!(status, 400, "a name that is not UTF-8 would be another one");
    assert_eq!(listed(&server, "").await.len(), sent.len());
    server.stop().await;
}

#[tokio::test]
async fn the_same_bytes_under_two_names_are_two_documents() {
    let server = Server::start(|_options| {}).await;
    server.create_base("names").await;
    for (name, team) in [("north/README.md", "red"), ("south/README.md", "blue")] {
        let form = Form::new()
            .text("metadata", json!({"team": team}).to_string())
            .part("file", file(name, PORTS));
        let accepted: Value = server
            .upload("names", form)
            .await
            .json()
            .await
            .expect("JSON");
        let document = &accepted["documents"][0];
        assert_eq!(document["outcome"], "created", "{accepted}");
        assert_eq!(server.finished(document).await["status"], "ready");
    }
    let list = server.get_json(&format!("{PATH}?sort=name")).await;
    let documents = list["documents"].as_array().expect("a list").clone();
    assert_eq!(documents.len(), 2);
    assert_eq!(
        documents[1]["embedded_chunks"], 0,
        "the cache has the vectors"
    );

    let found = search(
        &server,
        json!({"query": "which port does the server listen on"}),
    )
    .await;
    assert_eq!(names(&found), ["north/README.md", "south/README.md"]);
    assert_eq!(
        (&found[0]["rank"], &found[1]["rank"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(found[0].get("copy_of"), None);
    assert_eq!(found[1]["copy_of"], found[0]["chunk_id"]);
    let blue = json!({"query": "which port", "filter": {"team": "blue"}});
    assert_eq!(names(&search(&server, blue).await), ["south/README.md"]);

    let question = json!({"question": "Which port does the server listen on?", "stream": false});
    let path = "/api/v1/knowledge-bases/names/ask";
    let answer: Value = server
        .post(path, &question)
        .await
        .json()
        .await
        .expect("JSON");
    let contexts = answer["contexts"].as_array().expect("contexts");
    assert_eq!(contexts.len(), 1, "one text is read once: {answer}");
    assert_eq!(
        contexts[0]["also_in"][0]["document_name"],
        "south/README.md"
    );

    delete(&server, &documents[0]).await;
    let found = search(
        &server,
        json!({"query": "which port does the server listen on"}),
    )
    .await;
    assert_eq!(names(&found), ["south/README.md"]);
    let id = documents[1]["id"].as_str().expect("an id");
    let content = server.get(&format!("/api/v1/documents/{id}/content")).await;
    assert_eq!(content.text().await.expect("text"), PORTS);
    server.stop().await;
}

/// However many copies there are, other texts have their places.
#[tokio::test]
async fn copies_take_one_place() {
    let server = Server::start(|_options| {}).await;
    server.create_base("names").await;
    for copy in 0..14 {
        server
            .add_ready("names", &format!("copy {copy}.md"), PORTS)
            .await;
    }
    let other = "# Others\n\nThe port of another server is open at night.\n";
    server.add_ready("names", "other.md", other).await;
    let body = json!({"query": "port of the server", "top_n": 2, "top_k": 3});
    let found = search(&server, body).await;
    let copies = found
        .iter()
        .filter(|hit| hit["document"]["name"] != "other.md");
    assert_eq!(copies.count(), 11, "the first and ten more");
    let other = found
        .iter()
        .find(|hit| hit["document"]["name"] == "other.md");
    assert!(
        other.is_some_and(|hit| hit["copy_of"].is_null()),
        "{found:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn documents_are_listed_folder_by_folder() {
    let server = Server::start(|_options| {}).await;
    server.create_base("names").await;
    for name in [
        "top.md",
        "docs/a.md",
        "docs/hr/b.md",
        "docs/hr/c.md",
        "öffnung/d.md",
    ] {
        upload_named(&server, name, name).await;
    }
    let root = server.get_json(&format!("{PATH}?folder=")).await;
    assert_eq!(root["total"], 1);
    assert_eq!(root["documents"][0]["name"], "top.md");
    assert_eq!(
        root["folders"],
        json!([{"name": "docs", "documents": 3}, {"name": "öffnung", "documents": 1}])
    );
    assert_eq!(listed(&server, "&folder=docs").await, ["docs/a.md"]);
    for folder in ["docs%5Chr", "/docs/hr/", "./docs/x/../hr"] {
        let found = listed(&server, &format!("&folder={folder}")).await;
        assert_eq!(found, ["docs/hr/b.md", "docs/hr/c.md"], "{folder}");
    }
    assert_eq!(
        listed(&server, "&folder=o%CC%88ffnung").await,
        ["öffnung/d.md"]
    );
    let below = listed(&server, "&folder=docs&recursive=true").await;
    assert_eq!(below, ["docs/a.md", "docs/hr/b.md", "docs/hr/c.md"]);
    for of_all in ["", "&recursive=true", "&recursive=false"] {
        let found = listed(&server, of_all).await;
        assert_eq!(found.len(), 5, "without a folder all are listed: {of_all}");
    }
    let all = server.get_json(PATH).await;
    assert_eq!(all.get("folders"), None);
    for (query, param) in [
        ("folder=..", "folder"),
        ("folder=a&recursive=yes", "recursive"),
    ] {
        let response = server.get(&format!("{PATH}?{query}")).await;
        assert_eq!(response.status(), 400, "{query}");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["param"], param, "{body}");
    }
    server.stop().await;
}

async fn search(server: &Server, body: Value) -> Vec<Value> {
    let path = "/api/v1/knowledge-bases/names/search";
    let found: Value = server.post(path, &body).await.json().await.expect("JSON");
    found["hits"].as_array().expect("hits").clone()
}

fn names(hits: &[Value]) -> Vec<&str> {
    let names = hits.iter().map(|hit| hit["document"]["name"].as_str());
    names.map(|name| name.expect("a name")).collect()
}

async fn delete(server: &Server, document: &Value) {
    let id = document["id"].as_str().expect("an id");
    let url = server.url(&format!("/api/v1/documents/{id}"));
    let deleted = server.client.delete(url).send().await.expect("an answer");
    assert_eq!(deleted.status(), 204);
}
