use serde_json::{Value, json};

use crate::support::{Server, events};

#[tokio::test]
async fn a_search_is_explained_on_request() {
    let server = Server::with_documents("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/search";
    let asked =
        |explain: bool| json!({"query": "Which ports? Ports!", "top_n": 1, "explain": explain});
    let response = server.post(path, &asked(true)).await;
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.expect("JSON");
    let explained = &body["explain"];
    let tokens = explained["query_tokens"].as_array().expect("a list");
    assert_eq!(tokens.iter().filter(|token| *token == "port").count(), 1);
    let candidates = explained["candidates"].as_array().expect("a list");
    assert_eq!(body["candidates"], candidates.len());
    let hits = body["hits"].as_array().expect("a list");
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0]["chunk_id"], candidates[0]["chunk_id"]);
    assert_eq!(candidates[0]["bm25"]["rank"], 1);
    let text: Vec<char> = candidates[0]["text"]
        .as_str()
        .expect("text")
        .chars()
        .collect();
    let spans = candidates[0]["highlights"].as_array().expect("a list");
    let place = |span: &Value, end: &str| span[end].as_u64().expect("a number") as usize;
    let marked = |span: &Value| -> String {
        text[place(span, "start")..place(span, "end")]
            .iter()
            .collect()
    };
    assert!(!spans.is_empty());
    for word in spans.iter().map(marked) {
        assert!(
            word.to_lowercase().starts_with("port") || word.eq_ignore_ascii_case("which"),
            "{word}"
        );
    }
    let response = server.post(path, &asked(false)).await;
    let plain: Value = response.json().await.expect("JSON");
    assert_eq!(plain.get("explain"), None);
    assert_eq!(plain["hits"][0]["chunk_id"], hits[0]["chunk_id"]);
    server.stop().await;
}

#[tokio::test]
async fn a_search_shows_every_stage() {
    let server = Server::with_documents("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/search";
    let response = server
        .post(
            path,
            &json!({"query": "which port does the server listen on", "rerank": false}),
        )
        .await;
    assert_eq!(response.status(), 200);
    let timing = response.headers()["server-timing"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        timing.contains("bm25;dur=") && timing.contains("total;dur="),
        "{timing}"
    );
    let body: Value = response.json().await.expect("JSON");
    let hit = &body["hits"][0];
    assert_eq!(hit["document"]["name"], "ports.md");
    assert_eq!(hit["document"]["metadata"]["team"], "net");
    assert_eq!(hit["bm25"]["rank"], 1);
    assert_eq!(
        (&hit["dense"], &hit["rerank"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(body["rerank"]["status"], "skipped");
    assert_eq!(body["mode"], "bm25");

    let filtered = json!({"query": "port", "filter": {"year": {"gt": 2024}}});
    let body: Value = server
        .post(path, &filtered)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(body["hits"], json!([]));

    for (wrong, field) in [
        (json!({"query": "x", "top_k": 0}), "top_k"),
        (json!({"query": "x", "filter": {"a": null}}), "`a`"),
        (json!({"question": "x"}), "`query`"),
        (json!({"query": "x", "mode": "sparse"}), "`mode`"),
    ] {
        let response = server.post(path, &wrong).await;
        assert_eq!(response.status(), 400, "{wrong}");
        let body: Value = response.json().await.expect("JSON");
        assert!(
            body["message"].as_str().expect("text").contains(field),
            "{body}"
        );
    }
    let absent = server
        .post(
            "/api/v1/knowledge-bases/absent/search",
            &json!({"query": "x"}),
        )
        .await;
    assert_eq!(absent.status(), 404);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_and_its_stream_agree() {
    let server = Server::with_documents("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/ask";
    let question = "Which port does the server listen on?";
    let whole: Value = server
        .post(path, &json!({"question": question}))
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(whole["mode"], "extractive");
    assert!(
        whole["answer"].as_str().expect("text").contains("7180"),
        "{whole}"
    );
    let citation = &whole["citations"][0];
    assert_eq!(citation["document"]["name"], "ports.md");
    assert!(
        citation["quote"].as_str().expect("text").contains("7180"),
        "{citation}"
    );

    let response = server
        .post(path, &json!({"question": question, "stream": true}))
        .await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let events = events(&response.text().await.expect("text"));
    let named = |wanted: &'static str| {
        events
            .iter()
            .filter(move |(name, _)| name == wanted)
            .map(|(_, data)| data)
    };
    assert_eq!(events[0].0, "retrieval");
    let streamed: String = named("token")
        .filter_map(|data| data["text"].as_str())
        .collect();
    assert_eq!(whole["answer"], streamed.as_str());
    assert!(named("citation").next().is_some());
    let (last, done) = events.last().expect("events");
    assert_eq!(last, "done");
    assert_eq!(done["answer"], whole["answer"]);
    server.stop().await;
}

#[tokio::test]
async fn a_comparison_has_both_variants() {
    let server = Server::with_documents("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/compare";
    let response = server
        .post(path, &json!({"question": "How long does a cake bake?"}))
        .await;
    assert_eq!(response.status(), 200);
    let timing = response.headers()["server-timing"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        timing.contains("without-total") && timing.contains("with-total"),
        "{timing}"
    );
    let body: Value = response.json().await.expect("JSON");
    for variant in ["without_rerank", "with_rerank"] {
        assert!(
            body[variant]["answer"]
                .as_str()
                .expect("text")
                .contains("forty"),
            "{body}"
        );
    }
    assert!(body["total_ratio"].as_f64().expect("a number") > 0.0);
    server.stop().await;
}

#[tokio::test]
async fn metrics_and_health_tell_what_happened() {
    let server = Server::with_documents("manuals").await;
    server
        .post(
            "/api/v1/knowledge-bases/manuals/search",
            &json!({"query": "port"}),
        )
        .await;
    server.get("/nothing/secret-name").await;
    let text = server.get("/metrics").await.text().await.expect("text");
    for line in [
        r#"riddle_http_requests_total{method="POST",route="/api/v1/knowledge-bases/{kb}/search",status="200"} 1"#,
        r#"riddle_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"riddle_stage_duration_seconds_count{stage="bm25"} 1"#,
        r#"riddle_documents{status="ready"} 2"#,
        r#"riddle_documents{status="failed"} 0"#,
        "riddle_documents_pending 0",
        "riddle_healthy 1",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(!text.contains("secret-name"));
    assert_eq!(text.matches("# EOF").count(), 1);

    let health = server.get_json("/api/v1/health").await;
    assert_eq!(health["ok"], true);
    assert!(
        health["notices"].as_array().expect("a list").len() >= 2,
        "{health}"
    );
    let audit = server
        .post("/api/v1/audit", &json!({"repair": false}))
        .await;
    let audit: Value = audit.json().await.expect("JSON");
    assert_eq!(audit["consistent"], true, "{audit}");
    server.stop().await;
}

#[tokio::test]
async fn a_question_in_another_language_is_told_that_of_the_documents() {
    let server = Server::with_documents("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/ask";
    let ask = async |question: &str| -> Value {
        let response = server.post(path, &json!({ "question": question })).await;
        assert_eq!(response.status(), 200);
        response.json().await.expect("JSON")
    };
    let answer = ask("Welche Gebühren werden für die Miete eines Bootes erhoben?").await;
    assert_eq!(
        (&answer["found"], &answer["contexts"]),
        (&json!(false), &json!([]))
    );
    let notices = answer["notices"].as_array().expect("a list");
    let told = notices.iter().find(|n| n["code"] == "other_language");
    let told = told.expect("the language of the documents is told");
    assert_eq!(told["values"], json!({"language": "en"}));
    let text = told["text"].as_str().expect("a sentence");
    assert!(text.contains("the documents are in English"), "{text}");

    let answer = ask("Which giraffes does the zoo keep?").await;
    let notices = answer["notices"].to_string();
    assert!(!notices.contains("other_language"), "{notices}");
    server.stop().await;
}
