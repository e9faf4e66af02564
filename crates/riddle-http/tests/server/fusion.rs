//! How the hits of both retrievers become one list, by the request and by the knowledge base.

use std::collections::HashMap;
use std::sync::Arc;

use riddle_testkit::FakeModels;
use serde_json::{Value, json};

use crate::chats::last;
use crate::support::Server;

const BASE: &str = "/api/v1/knowledge-bases/manuals";
const QUESTION: &str = "harbour port lantern";
/// The rare word makes the second one the best for BM25; for vectors it is lost among so many others.
const TEXTS: [&str; 5] = [
    "Harbour port.",
    "A lantern hangs over the long quay where barges wait for a pilot and the tide, all night in any weather.",
    "The harbour has a port.",
    "Port and starboard lie by the harbour wall.",
    "From the harbour the port looks small and grey in winter.",
];

async fn server() -> Server {
    let models = Arc::new(FakeModels::default().with_embedder());
    let server = Server::start_with(models, |_| {}).await;
    server.create_base("manuals").await;
    for (number, text) in TEXTS.iter().enumerate() {
        let name = format!("{number}.md");
        server.add_ready("manuals", &name, text).await;
    }
    server
}

async fn search(server: &Server, options: Value) -> Value {
    let mut body = json!({"query": QUESTION, "rerank": false, "top_n": 5, "explain": true});
    let fields = body.as_object_mut().expect("an object");
    fields.extend(options.as_object().expect("an object").clone());
    answer(server, &format!("{BASE}/search"), &body).await
}

async fn answer(server: &Server, path: &str, body: &Value) -> Value {
    server.post(path, body).await.json().await.expect("JSON")
}

async fn patch(server: &Server, retrieval: Value) -> (u16, Value) {
    let body = json!({ "retrieval": retrieval });
    let request = server.client.patch(server.url(BASE)).json(&body);
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

fn weighted(dense_weight: f64) -> Value {
    json!({"method": "weighted", "dense_weight": dense_weight})
}

/// Ids of the passages, best first.
fn order(found: &Value) -> Vec<String> {
    let hits = found["hits"].as_array().expect("hits").iter();
    let id = |hit: &Value| hit["chunk_id"].as_str().expect("an id").to_owned();
    hits.map(id).collect()
}

/// The orders of both retrievers, each alone.
async fn alone(server: &Server) -> (Vec<String>, Vec<String>) {
    let bm25 = order(&search(server, json!({"mode": "bm25"})).await);
    let dense = order(&search(server, json!({"mode": "dense"})).await);
    assert_ne!(bm25[0], dense[0], "they agree, which would show nothing");
    (bm25, dense)
}

#[tokio::test]
async fn the_ends_of_the_weight_are_each_retriever_alone() {
    let server = server().await;
    let (bm25, dense) = alone(&server).await;
    for (weight, expected) in [(0.0, &bm25), (1.0, &dense)] {
        let found = search(&server, json!({"fusion": weighted(weight)})).await;
        assert_eq!(found["mode"], "hybrid");
        assert_eq!(order(&found)[..expected.len()], expected[..], "{weight}");
    }
    server.stop().await;
}

#[tokio::test]
async fn ranks_alone_count_for_reciprocal_rank_fusion() {
    let server = server().await;
    let (bm25, dense) = alone(&server).await;
    let mut sums: HashMap<&str, f64> = HashMap::new();
    for retrieved in [&bm25, &dense] {
        for (id, rank) in retrieved.iter().zip(1_u32..) {
            *sums.entry(id).or_default() += 1.0 / (60.0 + f64::from(rank));
        }
    }
    let found = search(&server, json!({"fusion": {"method": "reciprocal_rank"}})).await;
    let ids = order(&found);
    assert_eq!(ids.len(), sums.len());
    assert!(
        ids.is_sorted_by(|a, b| sums[a.as_str()] >= sums[b.as_str()]),
        "{sums:?} {ids:?}"
    );
    for hit in found["hits"].as_array().expect("hits") {
        let score = hit["fused"]["score"].as_f64().expect("a score");
        let sum = sums[hit["chunk_id"].as_str().expect("an id")];
        assert!((score - sum * 61.0 / 2.0).abs() < 1e-6, "{hit}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_knowledge_base_keeps_its_fusion_and_searches_by_it_at_once() {
    let server = server().await;
    let (bm25, dense) = alone(&server).await;
    let before = server.get_json(BASE).await;
    assert_eq!(before["retrieval"]["fusion"], weighted(0.5));
    for (weight, first) in [(1.0, &dense[0]), (0.0, &bm25[0])] {
        let (status, changed) = patch(&server, json!({"fusion": weighted(weight)})).await;
        assert_eq!(
            (status, &changed["retrieval"]["fusion"]),
            (200, &weighted(weight))
        );
        assert_eq!(&order(&search(&server, json!({})).await)[0], first);
        assert_eq!(server.get_json(BASE).await["chunks"], before["chunks"]);
    }
    let own = search(&server, json!({"fusion": weighted(1.0)})).await;
    assert_eq!(
        order(&own)[0],
        dense[0],
        "the request goes before the knowledge base"
    );

    let (_status, kept) = patch(&server, json!({"top_n": 2})).await;
    assert_eq!(
        kept["retrieval"]["fusion"],
        weighted(0.0),
        "what is left out stays"
    );

    let ranks = json!({"method": "reciprocal_rank"});
    let body = json!({"name": "ranks", "retrieval": {"fusion": ranks}});
    let response = server.post("/api/v1/knowledge-bases", &body).await;
    assert_eq!(response.status(), 201);
    let made = server.get_json("/api/v1/knowledge-bases/ranks").await;
    assert_eq!(made["retrieval"]["fusion"], ranks);
    server.stop().await;
}

#[tokio::test]
async fn questions_and_comparisons_may_name_it_too() {
    let server = server().await;
    let (bm25, dense) = alone(&server).await;
    let chat = server.create_chat(&["manuals"]).await;
    for (weight, first) in [(0.0, &bm25[0]), (1.0, &dense[0])] {
        let fusion = weighted(weight);
        let body = json!({"question": QUESTION, "rerank": false, "fusion": fusion});
        let asked = answer(&server, &format!("{BASE}/ask"), &body).await;
        let several = json!({"knowledge_bases": ["manuals"], "question": QUESTION, "rerank": false, "fusion": fusion});
        let several = answer(&server, "/api/v1/ask", &several).await;
        let events = server.say(&chat, &body).await;
        let in_chat = last(&events).1["message"]["answer"].clone();
        let body = json!({"question": QUESTION, "fusion": fusion});
        let compared = answer(&server, &format!("{BASE}/compare"), &body).await;
        let body = json!({
            "model": "riddle/manuals", "messages": [{"role": "user", "content": QUESTION}],
            "riddle": {"rerank": false, "fusion": fusion}
        });
        let openai = answer(&server, "/v1/chat/completions", &body).await;
        let openai = openai["choices"][0]["message"]["riddle"].clone();
        for given in [
            asked,
            several,
            in_chat,
            compared["without_rerank"].clone(),
            openai,
        ] {
            let id = given["contexts"][0]["hit"]["chunk_id"].as_str();
            assert_eq!(id, Some(first.as_str()), "{given}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_fusion_that_cannot_be_is_refused_with_its_field() {
    let server = server().await;
    let refused = |status: u16, error: &Value, field: &str, says: &str| {
        let message = error["message"].as_str().expect("text");
        assert_eq!(
            (status, error["param"].as_str()),
            (400, Some(field)),
            "{message}"
        );
        assert!(
            message.contains(&format!("`{field}`")) && message.contains(says),
            "{message}"
        );
    };
    for (fusion, field, says) in [
        (weighted(1.5), "fusion.dense_weight", "between 0 and 1"),
        (weighted(-0.1), "fusion.dense_weight", "between 0 and 1"),
        (weighted(1e300), "fusion.dense_weight", "between 0 and 1"),
        (json!({"method": "weighted"}), "fusion", "`dense_weight`"),
        (
            json!({"method": "average"}),
            "fusion.method",
            "`reciprocal_rank`",
        ),
        (
            json!({"method": "reciprocal_rank", "dense_weight": 1}),
            "fusion",
            "`dense_weight`",
        ),
        (
            json!({"method": "weighted", "dense_weight": "much"}),
            "fusion",
            "invalid type",
        ),
        (json!(0.5), "fusion", "invalid type"),
    ] {
        let (status, error) = patch(&server, json!({ "fusion": fusion })).await;
        refused(status, &error, &format!("retrieval.{field}"), says);
        for (route, question) in [
            ("search", "query"),
            ("ask", "question"),
            ("compare", "question"),
        ] {
            let body = json!({question: "port", "fusion": fusion});
            let response = server.post(&format!("{BASE}/{route}"), &body).await;
            let status = response.status().as_u16();
            refused(status, &response.json().await.expect("JSON"), field, says);
        }
    }
    assert_eq!(
        server.get_json(BASE).await["retrieval"]["fusion"],
        weighted(0.5)
    );
    server.stop().await;
}
