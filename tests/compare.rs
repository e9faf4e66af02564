//! Comparisons of a real server: streamed, in parallel, kept, and gone with their knowledge base.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;

const COMPARE: &str = "/api/v1/knowledge-bases/kb/compare";
const COMPARISONS: &str = "/api/v1/comparisons";
const QUESTION: &str = "What may a hotel cost?";
const VARIANTS: [&str; 2] = ["without_rerank", "with_rerank"];

async fn with_documents(folder: &std::path::Path) -> Server {
    let server = Server::start(folder).await;
    server.create("kb").await;
    for (name, text) in [
        (
            "hotels.md",
            "# Hotels\n\nA hotel may cost 120 euros a night. Breakfast is paid by the guest.\n",
        ),
        (
            "garden.md",
            "# Garden\n\nTomatoes are watered every morning.\n",
        ),
    ] {
        server.add_text("kb", name, text, json!({})).await;
    }
    server.settle().await;
    server
}

fn body(order: &str) -> Value {
    json!({"question": QUESTION, "top_n": 1, "order": order})
}

/// The events of a streamed comparison.
async fn streamed(server: &Server, order: &str) -> Vec<(String, Value)> {
    let mut body = body(order);
    body["stream"] = json!(true);
    let events = server.events(COMPARE, body).await;
    let read = |(name, data): (String, String)| (name, serde_json::from_str(&data).expect("JSON"));
    events.into_iter().map(read).collect()
}

fn path(comparison: &Value) -> String {
    let id = comparison["id"].as_str().expect("an id");
    format!("{COMPARISONS}/{id}")
}

#[tokio::test]
async fn both_answers_are_streamed_with_their_arm_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = with_documents(folder.path()).await;
    for order in ["one_after_other", "parallel"] {
        let events = streamed(&server, order).await;
        let (last, of_variants) = events.split_last().expect("events");
        let (name, done) = last;
        assert_eq!(name, "done", "{events:?}");
        assert_eq!(done["order"], order);
        assert_eq!(done["question"], QUESTION);
        assert_eq!(done["knowledge_base"]["name"], "kb");
        for variant in VARIANTS {
            let events = of_variants
                .iter()
                .filter(|(_, data)| data["arm"] == variant);
            let events: Vec<(&str, &Value)> =
                events.map(|(name, data)| (name.as_str(), data)).collect();
            let [(first, retrieval), .., (end, answer)] = events.as_slice() else {
                panic!("too few events of {variant}: {of_variants:?}");
            };
            assert_eq!((*first, *end), ("retrieval", "answer"));
            let context = &retrieval["retrieval"]["contexts"][0]["hit"]["document"]["name"];
            assert_eq!(context, "hotels.md");
            assert_eq!(answer["answer"], done[variant]);
            let tokens = events.iter().filter(|(name, _)| *name == "token");
            let text: String = tokens
                .filter_map(|(_, data)| data["text"].as_str())
                .collect();
            assert_eq!(done[variant]["answer"], text.as_str());
            assert!(text.contains("120 euros"), "{text}");
            assert!(events.iter().any(|(name, _)| *name == "citation"));
        }
        if order == "one_after_other" {
            let variants: Vec<bool> = of_variants
                .iter()
                .map(|(_, data)| data["arm"] == VARIANTS[1])
                .collect();
            assert!(variants.is_sorted(), "{of_variants:?}");
        }
        // What both variants share is in the time of each.
        for stage in ["bm25_ms", "dense_ms"] {
            let [without, with] = VARIANTS.map(|variant| &done[variant]["timings"][stage]);
            assert_eq!(without, with);
        }
        assert_eq!(&server.get(&path(done)).await, done);
    }
    server.stop();
}

#[tokio::test]
async fn comparisons_are_listed_rated_and_deleted_and_outlive_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = with_documents(folder.path()).await;
    let first = server.post(COMPARE, body("one_after_other")).await;
    let second = server.post(COMPARE, body("parallel")).await;
    let rate = async |server: &Server, preference: &str| {
        let path = format!("{}/preference", path(&first));
        let body = json!({ "preference": preference });
        server.call(Method::PUT, &path, Some(body)).await
    };
    for preference in ["same", "with_rerank"] {
        let (status, rated) = rate(&server, preference).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(rated["preference"], preference);
        assert_eq!(rated["id"], first["id"]);
        assert_eq!(rated["without_rerank"], Value::Null, "a summary: {rated}");
    }
    let (status, refused) = rate(&server, "both").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    server.kill();
    drop(server);

    let server = Server::start(folder.path()).await;
    let page = server.get(&format!("{COMPARISONS}?limit=1")).await;
    assert_eq!(page["comparisons"][0]["id"], second["id"]);
    assert_eq!(page["comparisons"][0]["order"], "parallel");
    assert_eq!(page["comparisons"][0]["total_ratio"], second["total_ratio"]);
    assert_eq!(page["comparisons"][0]["preference"], Value::Null);
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let page = server
        .get(&format!("{COMPARISONS}?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(page["comparisons"][0]["id"], first["id"]);
    assert_eq!(page["comparisons"][0]["preference"], "with_rerank");
    assert_eq!(page["next_cursor"], Value::Null);

    let preference = format!("{}/preference", path(&first));
    let (status, _) = server.call(Method::DELETE, &preference, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&path(&first)).await, first);
    let (status, _) = server.call(Method::DELETE, &path(&first), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let rating = json!({"preference": "same"});
    for (method, path, body) in [
        (Method::GET, path(&first), None),
        (Method::DELETE, path(&first), None),
        (Method::PUT, preference.clone(), Some(rating)),
        (Method::DELETE, preference, None),
    ] {
        let (status, error) = server.call(method, &path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(error["code"], "comparison_not_found");
    }
    server.stop();
}

#[tokio::test]
async fn comparisons_outlive_their_documents_and_go_with_their_knowledge_base() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = with_documents(folder.path()).await;
    let kept = server.post(COMPARE, body("one_after_other")).await;
    let context = &kept["with_rerank"]["contexts"][0]["hit"]["document"];
    let document = context["id"].as_str().expect("an id");
    let document = format!("/api/v1/documents/{document}");
    let (status, _) = server.call(Method::DELETE, &document, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&path(&kept)).await, kept);
    let base = "/api/v1/knowledge-bases/kb";
    let (status, _) = server.call(Method::DELETE, base, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, error) = server.call(Method::GET, &path(&kept), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(error["code"], "comparison_not_found");
    assert_eq!(server.get(COMPARISONS).await["comparisons"], json!([]));
    server.stop();
}
