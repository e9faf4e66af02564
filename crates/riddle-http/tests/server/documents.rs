use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{CAKES, MAX_UPLOAD, PORTS, Server, file};

#[tokio::test]
async fn a_document_can_be_followed_listed_read_and_deleted() {
    let server = Server::with_documents("manuals").await;

    let list = server
        .get_json("/api/v1/knowledge-bases/manuals/documents?status=ready&limit=1")
        .await;
    assert_eq!(list["documents"].as_array().expect("a list").len(), 1);
    let cursor = list["next_cursor"].as_str().expect("more");
    let next = server
        .get_json(&format!(
            "/api/v1/knowledge-bases/manuals/documents?status=ready&limit=1&cursor={cursor}"
        ))
        .await;
    let names = [&list, &next].map(|page| page["documents"][0]["name"].clone());
    assert!(
        names.contains(&json!("ports.md")) && names.contains(&json!("cakes.md")),
        "{names:?}"
    );
    assert_eq!(
        list["documents"][0]["metadata"],
        json!({"team": "net", "year": 2024})
    );

    let id = list["documents"][0]["id"].as_str().expect("an id");
    let name = list["documents"][0]["name"].as_str().expect("a name");
    let expected = if name == "ports.md" { PORTS } else { CAKES };
    let content = server.get(&format!("/api/v1/documents/{id}/content")).await;
    assert_eq!(
        content.headers()["content-disposition"],
        format!("attachment; filename*=UTF-8''{name}")
    );
    assert_eq!(content.headers()["x-content-type-options"], "nosniff");
    assert_eq!(
        content.headers()["content-length"],
        expected.len().to_string()
    );
    assert_eq!(content.text().await.expect("text"), expected);

    let chunks = server
        .get_json(&format!("/api/v1/documents/{id}/chunks"))
        .await;
    assert_eq!(chunks["chunks"][0]["ordinal"], 0);
    assert_eq!(chunks["next_from"], Value::Null);

    a_ready_document_can_be_read_again(&server, id).await;

    let deleted = server
        .client
        .delete(server.url(&format!("/api/v1/documents/{id}")))
        .send()
        .await;
    assert_eq!(deleted.expect("an answer").status(), 204);
    for path in ["", "/chunks", "/content", "/events"] {
        let response = server.get(&format!("/api/v1/documents/{id}{path}")).await;
        assert_eq!(response.status(), 404, "{path}");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["code"], "document_not_found");
    }
    server.stop().await;
}

#[tokio::test]
async fn one_bad_file_does_not_lose_the_others() {
    let server = Server::start(|_options| {}).await;
    server.create_base("mixed").await;
    let large = "x".repeat(MAX_UPLOAD as usize + 1);
    let form = Form::new()
        .part("file", file("large.txt", &large))
        .part("file", file("ports.md", PORTS))
        .part("file", file("", "no name"));
    let response = server.upload("mixed", form).await;
    assert_eq!(response.status(), 202);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(
        body["documents"].as_array().expect("a list").len(),
        1,
        "{body}"
    );
    assert_eq!(body["documents"][0]["name"], "ports.md");
    let codes: Vec<_> = body["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| &error["code"])
        .collect();
    assert_eq!(codes, ["too_large", "invalid_request"]);

    let alone = server
        .upload("mixed", Form::new().part("file", file("large.txt", &large)))
        .await;
    assert_eq!(alone.status(), 413);
    let missing = server
        .upload("absent", Form::new().part("file", file("a.txt", "a")))
        .await;
    assert_eq!(missing.status(), 404);
    let empty = server
        .upload("mixed", Form::new().text("metadata", "{}"))
        .await;
    assert_eq!(empty.status(), 400);
    let late = Form::new()
        .part("file", file("a.txt", "a"))
        .text("metadata", "{}");
    assert_eq!(server.upload("mixed", late).await.status(), 400);
    let many = (0..9).fold(Form::new(), |form, n| {
        form.part("file", file(&format!("{n}.txt"), "a"))
    });
    assert_eq!(server.upload("mixed", many).await.status(), 413);
    server.stop().await;
}

#[tokio::test]
async fn texts_come_as_json_one_or_several() {
    let server = Server::start(|_options| {}).await;
    server.create_base("texts").await;
    let path = "/api/v1/knowledge-bases/texts/documents";
    let one = json!({"name": "a.md", "text": PORTS, "metadata": {"team": ["x", "y"]}});
    let response = server.post(path, &one).await;
    assert_eq!(response.status(), 202);
    let several = json!([{"name": "b.md", "text": CAKES}, {"name": "c.md", "text": "x", "metadata": {"bad": null}}, one]);
    let response = server.post(path, &several).await;
    assert_eq!(response.status(), 202);
    let body: Value = response.json().await.expect("JSON");
    let outcomes: Vec<_> = body["documents"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["outcome"])
        .collect();
    assert_eq!(outcomes, ["created", "unchanged"], "{body}");
    assert_eq!(body["errors"][0]["name"], "c.md");

    let response = server
        .post(
            path,
            &json!([{"name": "a", "text": "b"}, {"name": "a", "txt": "b"}]),
        )
        .await;
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.expect("JSON");
    let message = body["message"].as_str().expect("text");
    assert!(message.contains("[1].txt"), "{message}");
    server.stop().await;
}

/// Read again, a document is found as before. Edits are given up only when that is asked for.
async fn a_ready_document_can_be_read_again(server: &Server, id: &str) {
    let retry = format!("/api/v1/documents/{id}/retry");
    let chunks = format!("/api/v1/documents/{id}/chunks");
    let before = server.get_json(&chunks).await;
    let chunk = before["chunks"][0]["id"].as_str().expect("an id");
    let edit = server
        .client
        .patch(server.url(&format!("/api/v1/chunks/{chunk}")))
        .json(&json!({"text": "Somebody else's words.", "revision": 1}))
        .send()
        .await
        .expect("an answer");
    assert!(
        edit.status().is_success(),
        "{}",
        edit.text().await.unwrap_or_default()
    );
    let refused = server.post(&retry, &json!({})).await;
    assert_eq!(refused.status(), 400);
    let body: Value = refused.json().await.expect("JSON");
    assert_eq!(body["param"], "discard_edits", "{body}");
    let bad = server
        .post(&format!("{retry}?discard_edits=yes"), &json!({}))
        .await;
    assert_eq!(bad.status(), 400);
    for query in ["?discard_edits=true", ""] {
        let accepted = server.post(&format!("{retry}{query}"), &json!({})).await;
        assert_eq!(accepted.status(), 202, "{query}");
        let queued: Value = accepted.json().await.expect("JSON");
        assert_eq!(server.finished(&queued).await["status"], "ready");
        let after = server.get_json(&chunks).await;
        assert_eq!(after["chunks"][0]["text"], before["chunks"][0]["text"]);
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_says_why() {
    let server = Server::start(|_options| {}).await;
    server.create_base("scans").await;
    let response = server
        .upload(
            "scans",
            Form::new().part("file", file("empty.txt", "  \n ")),
        )
        .await;
    let body: Value = response.json().await.expect("JSON");
    let last = server.finished(&body["documents"][0]).await;
    assert_eq!(last["status"], "failed");
    assert_eq!(last["failure"]["code"], "no_text");
    let id = body["documents"][0]["id"].as_str().expect("an id");
    let retried = server
        .post(&format!("/api/v1/documents/{id}/retry"), &json!({}))
        .await;
    assert_eq!(retried.status(), 202);
    server.stop().await;
}

#[tokio::test]
async fn settings_can_be_changed_field_by_field() {
    let server = Server::start(|_options| {}).await;
    let created = server.create_base("settings").await;
    let id = created["id"].as_str().expect("an id");
    let patch =
        json!({"description": "new", "retrieval": {"top_n": 5}, "chunking": {"max_tokens": 128}});
    let url = server.url(&format!("/api/v1/knowledge-bases/{id}"));
    let response = server
        .client
        .patch(&url)
        .json(&patch)
        .send()
        .await
        .expect("an answer");
    let changed: Value = response.json().await.expect("JSON");
    assert_eq!(changed["description"], "new");
    assert_eq!(changed["retrieval"]["top_n"], 5);
    assert_eq!(changed["retrieval"]["top_k"], created["retrieval"]["top_k"]);
    assert_eq!(changed["chunking"]["max_tokens"], 128);

    let taken = server
        .post("/api/v1/knowledge-bases", &json!({"name": "settings"}))
        .await;
    assert_eq!(taken.status(), 409);
    let bad = server
        .client
        .patch(&url)
        .json(&json!({"retrieval": {"top_n": 0}}))
        .send()
        .await;
    assert_eq!(bad.expect("an answer").status(), 400);
    let deleted = server.client.delete(&url).send().await.expect("an answer");
    assert_eq!(deleted.status(), 204);
    assert_eq!(
        server
            .get(&format!("/api/v1/knowledge-bases/{id}"))
            .await
            .status(),
        404
    );
    server.stop().await;
}

#[tokio::test]
async fn the_list_is_searched_sorted_and_counted() {
    let server = Server::with_documents("manuals").await;
    let list = async |query: &str| {
        let path = format!("/api/v1/knowledge-bases/manuals/documents?{query}");
        server.get(&path).await
    };
    let body = async |query: &str| -> Value { list(query).await.json().await.expect("JSON") };
    let names = |page: &Value| -> Vec<String> {
        let documents = page["documents"].as_array().expect("a list");
        let name = |document: &Value| document["name"].as_str().expect("a name").to_owned();
        documents.iter().map(name).collect()
    };
    let all = body("sort=name").await;
    assert!(names(&all).len() >= 2 && names(&all).is_sorted(), "{all}");
    assert_eq!(all["total"], names(&all).len());
    let first = body("sort=name&limit=1").await;
    let cursor = first["next_cursor"].as_str().expect("there are more");
    let second = body(&format!("sort=name&limit=1&cursor={cursor}")).await;
    assert_eq!([names(&first), names(&second)].concat(), names(&all)[..2]);
    assert_eq!(second["total"], all["total"]);
    let found = body("search=PORTS").await;
    assert_eq!(
        (names(&found), &found["total"]),
        (vec!["ports.md".to_owned()], &json!(1))
    );
    assert_eq!(list("sort=colour").await.status(), 400);
    // A cursor goes on in the order that it was made in.
    let other = body(&format!("sort=size&limit=1&cursor={cursor}")).await;
    assert_eq!(names(&other), names(&second));
    server.stop().await;
}

#[tokio::test]
async fn front_matter_is_found_by_filters_where_nothing_else_was_given() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let add = async |author: &str, given: Value| {
        let text = format!(
            "---\ntitle: Ports\nauthor: {author}\nyear: 2019\ndate: 2024-03-01\ntags: [net, ops]\nbase: &b\n  x: 1\n\
             more: *b\n---\n\nThe server listens on 7180."
        );
        let body = json!({"name": "ports.md", "text": text, "metadata": given});
        let path = "/api/v1/knowledge-bases/manuals/documents";
        let accepted: Value = server.post(path, &body).await.json().await.expect("JSON");
        let document = &accepted["documents"][0];
        assert_eq!(server.finished(document).await["status"], "ready");
        let id = document["id"].as_str().expect("an id");
        server.get_json(&format!("/api/v1/documents/{id}")).await
    };
    let found = async |filter: Value| {
        let body = json!({"query": "which port", "filter": filter, "rerank": false});
        let path = "/api/v1/knowledge-bases/manuals/search";
        let found: Value = server.post(path, &body).await.json().await.expect("JSON");
        let hits = found["hits"].as_array().expect("hits").iter();
        let metadata: Vec<Value> = hits
            .map(|hit| hit["document"]["metadata"].clone())
            .collect();
        metadata
    };

    let document = add("Ada", json!({"year": 2024, "team": "red"})).await;
    let expected = json!({
        "title": "Ports", "author": "Ada", "year": 2024, "date": "2024-03-01", "tags": ["net", "ops"], "team": "red"
    });
    assert_eq!(document["metadata"], expected);
    assert_eq!(document["title"], "Ports");
    let warning = &document["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["count"]),
        (&json!("unread_metadata"), &json!(2))
    );
    for filter in [
        json!({"author": "Ada", "team": "red"}),
        json!({"tags": "ops", "year": {"gte": 2024}}),
        json!({"date": "2024-03-01"}),
    ] {
        assert_eq!(
            found(filter.clone()).await,
            std::slice::from_ref(&expected),
            "{filter}"
        );
    }
    assert!(
        found(json!({"year": 2019})).await.is_empty(),
        "what was given wins"
    );

    let document = add("Grace", json!({})).await;
    assert_eq!(
        (
            &document["metadata"]["author"],
            &document["metadata"]["year"]
        ),
        (&json!("Grace"), &json!(2019))
    );
    assert!(found(json!({"author": "Ada"})).await.is_empty());
    assert_eq!(
        found(json!({"author": "Grace", "year": 2019})).await.len(),
        1
    );
    server.stop().await;
}

#[tokio::test]
async fn characters_that_could_not_be_decoded_are_a_warning() {
    let server = Server::with_documents("manuals").await;
    let texts = [
        ("sound.md", "Naïve words."),
        ("broken.md", "Na\u{fffd}ve w\u{fffd}rds."),
    ];
    for (name, text) in texts {
        server.add_ready("manuals", name, text).await;
    }
    let list = server
        .get_json("/api/v1/knowledge-bases/manuals/documents")
        .await;
    let warnings = |name: &str| {
        let documents = list["documents"].as_array().expect("a list");
        let named = documents.iter().find(|document| document["name"] == name);
        named.expect("is listed")["warnings"].clone()
    };
    assert_eq!(warnings("sound.md"), json!([]));
    let broken = warnings("broken.md");
    assert_eq!(
        (&broken[0]["code"], &broken[0]["count"]),
        (&json!("unreadable_characters"), &json!(2))
    );
    let message = broken[0]["message"].as_str().expect("a sentence");
    assert!(
        message.starts_with("2 characters could not be decoded"),
        "{message}"
    );
    server.stop().await;
}
