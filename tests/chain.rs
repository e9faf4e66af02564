//! From documents to cited answers.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, hit_names};

const TRAVEL: &str = "# Travel policy\n\n## Approval\n\nThe head of the department approves every journey. Journeys \
above 2,000 euros are approved by the finance director.\n\n## Hotels\n\nA hotel may cost 120 euros a night in small \
towns and 180 euros in capitals.\n";
const GARDEN: &str = "# Garden rules\n\nTomatoes are watered every morning. The greenhouse is locked at eight in \
the evening, and the keys hang behind the kitchen door.\n";
const POEM: &str = "# 静夜思\n\n床前明月光,疑是地上霜。举头望明月,低头思故乡。\n";

async fn with_documents(server: &Server) {
    server.create("kb").await;
    server
        .add_text(
            "kb",
            "travel.md",
            TRAVEL,
            json!({"team": "finance", "year": 2024}),
        )
        .await;
    server
        .add_text(
            "kb",
            "garden.md",
            GARDEN,
            json!({"team": ["house", "garden"], "year": 2020}),
        )
        .await;
    server.add_text("kb", "poem.md", POEM, json!({})).await;
    server.settle().await;
}

#[tokio::test]
async fn documents_become_ready_and_are_found_with_every_stage_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;

    let page = server.get("/api/v1/knowledge-bases/kb/documents").await;
    let documents = page["documents"].as_array().expect("documents");
    assert_eq!(documents.len(), 3);
    for document in documents {
        assert_eq!(document["status"], "ready", "{document}");
        assert_eq!(document["progress"], 1.0, "{document}");
        assert!(
            document["chunk_count"].as_u64().expect("a count") > 0,
            "{document}"
        );
        for stage in ["queued_ms", "parsing_ms", "embedding_ms", "indexing_ms"] {
            assert_ne!(document["stage_times"][stage], Value::Null, "{document}");
        }
    }

    let response = server
        .search(
            "kb",
            json!({"query": "who approves expensive journeys?", "top_n": 2}),
        )
        .await;
    let hit = &response["hits"][0];
    assert_eq!(hit["document"]["name"], "travel.md");
    assert_eq!(hit["heading_path"], json!(["Travel policy", "Approval"]));
    for stage in ["bm25", "dense", "fused", "rerank"] {
        assert!(
            hit[stage]["rank"] == 1 && hit[stage]["score"].as_f64() > Some(0.0),
            "{stage}: {hit}"
        );
    }
    let (start, end) = (
        hit["span"]["start"].as_u64().expect("a start"),
        hit["span"]["end"].as_u64().expect("an end"),
    );
    let length = hit["text"].as_str().expect("a text").chars().count() as u64;
    assert_eq!(end - start, length);
    assert_eq!(response["rerank"]["status"], "applied");
    assert_eq!(
        response["rerank"]["stand_in"], true,
        "no cross-encoder is installed in tests"
    );
    assert!(response["timings"]["total_ms"].as_f64().expect("a time") > 0.0);
}

#[tokio::test]
async fn modes_filters_and_bounds_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;

    let bm25 = server
        .search(
            "kb",
            json!({"query": "hotel", "mode": "bm25", "rerank": false}),
        )
        .await;
    assert_eq!(hit_names(&bm25), ["travel.md"]);
    assert!(bm25["hits"][0]["dense"].is_null());
    assert_eq!(bm25["rerank"]["status"], "skipped");
    let dense = server
        .search(
            "kb",
            json!({"query": "accommodation price", "mode": "dense"}),
        )
        .await;
    assert_eq!(hit_names(&dense)[0], "travel.md");
    assert!(dense["hits"][0]["bm25"].is_null());

    for (filter, expected) in [
        (json!({"team": "garden"}), vec!["garden.md"]),
        (json!({"team": ["finance", "other"]}), vec!["travel.md"]),
        (json!({"year": {"lt": 2021}}), vec!["garden.md"]),
        (json!({"team": "nobody"}), vec![]),
    ] {
        for mode in ["bm25", "dense", "hybrid"] {
            let query =
                json!({"query": "hotel tomatoes", "mode": mode, "filter": filter, "top_n": 10});
            let mut names = server.search("kb", query).await;
            names["hits"]
                .as_array_mut()
                .expect("hits")
                .dedup_by_key(|hit| hit["document"]["name"].clone());
            assert_eq!(hit_names(&names), expected, "{mode} {filter}");
        }
    }

    for bad in [
        json!({"query": ""}),
        json!({"query": "x", "top_k": 0}),
        json!({"query": "x", "top_k": 5, "top_n": 6}),
        json!({"query": "x", "mode": "magic"}),
        json!({"query": "x", "filter": {"a": null}}),
        json!({"query": "x", "no_such_field": 1}),
    ] {
        let (status, body) = server
            .call(
                Method::POST,
                "/api/v1/knowledge-bases/kb/search",
                Some(bad.clone()),
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
        let text = |field: &str| body[field].as_str().expect("text").to_owned();
        assert!(text("code").starts_with("invalid_"), "{bad}: {body}");
        assert!(text("message").len() > 20, "{bad}: {body}");
        assert_eq!(text("request_id").len(), 32, "{bad}: {body}");
    }
}

#[tokio::test]
async fn chinese_is_found_by_words_and_the_english_embedder_stays_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;
    let response = server.search("kb", json!({"query": "故乡"})).await;
    assert_eq!(hit_names(&response)[0], "poem.md");
    assert!(response["hits"][0]["dense"].is_null(), "{response}");
    assert!(
        !response["notices"].as_array().expect("notices").is_empty(),
        "{response}"
    );
}

#[tokio::test]
async fn an_answer_cites_its_sources_streamed_and_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;

    let question = json!({"question": "Who approves journeys above 2,000 euros?"});
    let answer = server
        .post("/api/v1/knowledge-bases/kb/ask", question.clone())
        .await;
    check_answer(&answer);

    let mut streamed = question;
    streamed["stream"] = json!(true);
    let events = server
        .events("/api/v1/knowledge-bases/kb/ask", streamed)
        .await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"retrieval"));
    assert_eq!(names.last(), Some(&"done"));
    assert!(names.contains(&"citation"), "{names:?}");
    let mut text = String::new();
    for (name, data) in &events {
        let data: Value = serde_json::from_str(data).expect("JSON");
        match name.as_str() {
            "token" => text.push_str(data["text"].as_str().expect("a text")),
            "done" => {
                check_answer(&data);
                assert_eq!(data["answer"].as_str(), Some(text.as_str()));
            }
            _ => {}
        }
    }
}

fn check_answer(answer: &Value) {
    let text = answer["answer"].as_str().expect("an answer");
    assert!(text.contains("finance director"), "{answer}");
    assert!(text.contains("[1]"), "{answer}");
    assert_eq!(answer["mode"], "extractive");
    let citation = &answer["citations"][0];
    assert_eq!(citation["document"]["name"], "travel.md", "{citation}");
    assert!(
        citation["source_span"]["end"].as_u64() > citation["source_span"]["start"].as_u64(),
        "{citation}"
    );
    assert!(!answer["contexts"].as_array().expect("contexts").is_empty());
    assert_eq!(answer["rerank"]["status"], "applied");
}

#[tokio::test]
async fn a_question_beyond_the_documents_is_not_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;
    let question = json!({"question": "Quantum chromodynamics lattice spacing?"});
    let answer = server
        .post("/api/v1/knowledge-bases/kb/ask", question)
        .await;
    assert_eq!(answer["found"], false, "{answer}");
    assert_eq!(answer["citations"], json!([]));
}

#[tokio::test]
async fn a_comparison_has_two_arms_over_the_same_candidates() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;
    let body = json!({"question": "What may a hotel cost?", "top_k": 10, "top_n": 2});
    let comparison = server
        .post("/api/v1/knowledge-bases/kb/compare", body)
        .await;
    assert_eq!(comparison["without_rerank"]["rerank"]["status"], "skipped");
    assert_eq!(comparison["with_rerank"]["rerank"]["status"], "applied");
    for variant in ["without_rerank", "with_rerank"] {
        assert!(
            comparison[variant]["answer"]
                .as_str()
                .expect("an answer")
                .contains("120 euros"),
            "{comparison}"
        );
        // Sentences of the passages, for which no language model reads anything.
        assert_eq!(comparison[variant]["usage"]["prompt_tokens"], 0);
    }
    assert!(comparison["total_ratio"].as_f64().expect("a ratio") > 0.0);
}

#[tokio::test]
async fn the_same_bytes_are_kept_once_and_a_change_embeds_only_what_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let section = |topic: &str| {
        format!(
            "## {topic}\n\n{}\n\n",
            format!("All about {topic}, at length. ").repeat(60)
        )
    };
    let text: String = ["iron", "copper", "silver", "gold"].map(section).concat();
    let id = server.add_text("kb", "metals.md", &text, json!({})).await;
    server.settle().await;
    let again = server
        .add_file("kb", "same-bytes.md", text.clone().into_bytes())
        .await;
    let copy = &again["documents"][0];
    assert_eq!(copy["outcome"], "created");
    assert_ne!(copy["id"], json!(id), "another name is another document");
    server.settle().await;
    let copy = server.document(copy["id"].as_str().expect("an id")).await;
    assert_eq!(copy["status"], "ready");
    assert_eq!(copy["embedded_chunks"], 0, "the cache has the vectors");
    assert_eq!(
        std::fs::read_dir(folder.path().join("blobs"))
            .map(Iterator::count)
            .ok(),
        Some(1)
    );
    let same = server
        .add_file("kb", "metals.md", text.clone().into_bytes())
        .await;
    assert_eq!(same["documents"][0]["id"], json!(id));
    assert_eq!(same["documents"][0]["outcome"], "unchanged");

    let path = format!("/api/v1/documents/{}", copy["id"].as_str().expect("an id"));
    server.call(Method::DELETE, &path, None).await;

    let before = server.document(&id).await;
    assert_eq!(before["embedded_chunks"], before["chunk_count"]);
    let changed = text.replace("gold", "platinum");
    assert_eq!(
        server
            .add_text("kb", "metals.md", &changed, json!({}))
            .await,
        id
    );
    server.settle().await;
    let after = server.document(&id).await;
    let (embedded, chunks) = (
        after["embedded_chunks"].as_u64(),
        after["chunk_count"].as_u64(),
    );
    assert!(embedded > Some(0) && embedded < chunks, "{after}");
    assert_eq!(
        hit_names(
            &server
                .search("kb", json!({"query": "gold", "mode": "bm25"}))
                .await
        ),
        Vec::<&str>::new()
    );
    assert!(
        !hit_names(
            &server
                .search("kb", json!({"query": "platinum", "mode": "bm25"}))
                .await
        )
        .is_empty()
    );
}

#[tokio::test]
async fn a_deleted_document_is_never_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;
    let page = server.get("/api/v1/knowledge-bases/kb/documents").await;
    let documents = page["documents"].as_array().expect("documents");
    let garden = documents
        .iter()
        .find(|document| document["name"] == "garden.md")
        .expect("the garden");
    let path = format!(
        "/api/v1/documents/{}",
        garden["id"].as_str().expect("an id")
    );
    assert_eq!(
        server.call(Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server.call(Method::GET, &path, None).await.0,
        StatusCode::NOT_FOUND
    );
    for mode in ["bm25", "dense", "hybrid"] {
        let response = server
            .search(
                "kb",
                json!({"query": "tomatoes greenhouse", "mode": mode, "top_n": 10}),
            )
            .await;
        assert!(!hit_names(&response).contains(&"garden.md"), "{mode}");
    }
    let blobs = std::fs::read_dir(folder.path().join("blobs"))
        .expect("blobs")
        .count();
    assert_eq!(blobs, 2, "the bytes of the deleted document are gone");
    assert_eq!(
        server
            .call(Method::DELETE, "/api/v1/knowledge-bases/kb", None)
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server
            .call(Method::GET, "/api/v1/knowledge-bases/kb", None)
            .await
            .0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        std::fs::read_dir(folder.path().join("blobs"))
            .expect("blobs")
            .count(),
        0
    );
}

#[tokio::test]
async fn what_cannot_be_read_fails_with_a_code_and_advice() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let scan =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde".to_vec();
    for (name, bytes, codes) in [
        ("empty.txt", Vec::new(), vec!["no_text"]),
        ("picture.png", scan, vec!["no_text", "malformed"]),
        (
            "broken.pdf",
            b"%PDF-1.7\nnot really".to_vec(),
            vec!["malformed", "no_text"],
        ),
        (
            "program.exe",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".repeat(64),
            vec!["unsupported_format"],
        ),
    ] {
        let answer = server.add_file("kb", name, bytes).await;
        server.settle().await;
        let document = server
            .document(answer["documents"][0]["id"].as_str().expect("an id"))
            .await;
        assert_eq!(document["status"], "failed", "{document}");
        let code = document["failure"]["code"].as_str().expect("a code");
        assert!(codes.contains(&code), "{document}");
        assert!(
            document["failure"]["message"]
                .as_str()
                .expect("a message")
                .len()
                > 20,
            "{document}"
        );
    }
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    with_documents(&server).await;
    server.stop();
    let server = Server::start(folder.path()).await;
    let response = server
        .search("kb", json!({"query": "hotel price in capitals"}))
        .await;
    assert_eq!(hit_names(&response)[0], "travel.md");
    let audit = server.post("/api/v1/audit", json!({"repair": false})).await;
    assert_eq!(audit["knowledge_bases"][0]["consistent"], true, "{audit}");
}
