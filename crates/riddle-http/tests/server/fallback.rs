//! Reranking for other tools where late interaction over an embedder stands in for a reranker, and what their clients
//! leave empty or write as null.

use std::sync::Arc;

use riddle_core::Similarity;
use riddle_testkit::{FakeModels, WordReranker};
use serde_json::{Value, json};

use crate::support::Server;

/// Words that the embedder of hashed words does not read at once.
const LONG: usize = 600;

async fn fallback() -> Server {
    let models = FakeModels::default().with_embedder();
    Server::start_with(Arc::new(models), |_options| {}).await
}

async fn posted(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let response = server.post(path, body).await;
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

fn long(tail: &str) -> String {
    let filler = (0..LONG).map(|n| format!("word{n} "));
    filler.collect::<String>() + tail
}

/// The score of each document.
fn scores(answer: &Value, documents: usize) -> Vec<f64> {
    let results = answer["results"].as_array().expect("a list");
    assert_eq!(results.len(), documents, "{answer}");
    let mut scores = vec![f64::NAN; documents];
    for result in results {
        let index = result["index"].as_u64().expect("an index");
        let score = result["score_raw"].as_f64().expect("a finite number");
        scores[usize::try_from(index).expect("small")] = score;
    }
    scores
}

#[tokio::test]
async fn what_is_empty_has_a_finite_score_in_every_form() {
    let words = FakeModels::default().with_reranker(Arc::<WordReranker>::default());
    let embedder = FakeModels::default().with_embedder();
    for models in [words, embedder] {
        let server = Server::start_with(Arc::new(models), |_options| {}).await;
        for (query, texts) in [
            ("ferry", json!(["", "the ferry", " \n\t", "…", "\u{200b}"])),
            ("", json!(["", "the ferry"])),
            ("  ", json!(["the ferry"])),
            ("?!", json!(["", "?!"])),
        ] {
            let count = texts.as_array().expect("a list").len();
            for path in ["/v1/rerank", "/v2/rerank"] {
                for way in ["truncate", "max_slice"] {
                    let body = json!({"query": query, "documents": texts, "long_passages": way});
                    let (status, answer) = posted(&server, path, &body).await;
                    assert_eq!(status, 200, "{body}: {answer}");
                    let scores = scores(&answer, count);
                    assert!(
                        scores.iter().all(|score| score.is_finite()),
                        "{body}: {scores:?}"
                    );
                }
            }
            let body = json!({"query": query, "texts": texts, "raw_scores": true});
            let (status, answer) = posted(&server, "/rerank", &body).await;
            assert_eq!(status, 200, "{body}: {answer}");
            let ranks = answer.as_array().expect("a list");
            assert!(
                ranks.iter().all(|rank| rank["score"].is_number()),
                "{answer}"
            );
            let texts = texts.as_array().expect("a list").iter();
            let pairs: Vec<Value> = texts.map(|text| json!([query, text])).collect();
            let (status, answer) =
                posted(&server, "/invocations", &json!({"text_pairs": pairs})).await;
            assert_eq!(status, 200, "{answer}");
            let scores = answer["scores"].as_array().expect("a list");
            assert!(scores.iter().all(Value::is_number), "{answer}");
        }
        let (_, answer) = posted(
            &server,
            "/v1/rerank",
            &json!({"query": "ferry", "documents": ["", "the ferry"]}),
        )
        .await;
        assert_eq!(answer["results"][0]["index"], 1, "{answer}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_end_of_a_long_document_is_seen_in_windows() {
    let server = fallback().await;
    let documents = json!([long(""), long("the ferry leaves at noon"), "bread"]);
    let ask = |more: Value| {
        let mut body = json!({"query": "ferry noon", "documents": documents});
        let fields = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(fields);
        body
    };
    for (path, more) in [
        ("/v1/rerank", json!({})),
        ("/v1/rerank", json!({"long_passages": "max_slice"})),
        ("/v2/rerank", json!({"long_passages": "max_slice"})),
    ] {
        let (status, answer) = posted(&server, path, &ask(more)).await;
        assert_eq!(status, 200, "{answer}");
        let best = &answer["results"][0];
        assert_eq!(best["index"], 1, "{path}: {answer}");
        let window = &best["window"];
        let whole = documents[1].as_str().expect("text");
        let place = |field: &str| {
            usize::try_from(window["span"][field].as_u64().expect("a place")).expect("small")
        };
        assert_eq!(place("end"), whole.len(), "{window}");
        assert!(whole[place("start")..].contains("the ferry leaves at noon"));
        let report = &answer["rerank"];
        assert_eq!(report["long_passages"], "max_slice");
        assert_eq!(report["truncated_pairs"], 0);
        assert!(
            report["windows"]
                .as_u64()
                .is_some_and(|windows| windows >= 6),
            "{report}"
        );
    }
    for (path, more) in [
        ("/v2/rerank", json!({})),
        ("/v1/rerank", json!({"truncation": true})),
        ("/v1/rerank", json!({"max_chunks_per_doc": 1})),
        ("/v1/rerank", json!({"long_passages": "truncate"})),
    ] {
        let (_, answer) = posted(&server, path, &ask(more)).await;
        let scores = scores(&answer, 3);
        assert_eq!(scores[0], scores[1], "the end is cut");
        assert_eq!(answer["rerank"]["long_passages"], "truncate");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_most_tokens_of_a_document_are_kept_by_the_fallback() {
    let server = fallback().await;
    let documents = json!([
        "noon the ferry leaves",
        "the ferry leaves at noon",
        long("noon")
    ]);
    for path in ["/v1/rerank", "/v2/rerank"] {
        let ask = |most: Value| json!({"query": "noon", "documents": documents, "max_tokens_per_doc": most});
        let (_, cut) = posted(&server, path, &ask(json!(2))).await;
        assert_eq!(cut["results"][0]["index"], 0, "{cut}");
        assert_eq!(cut["rerank"]["truncated_pairs"], 3);
        let scores = scores(&cut, 3);
        assert!(
            scores[0] > scores[1],
            "the end of the second is cut: {scores:?}"
        );
        // Each document has two tokens, and the query one.
        assert_eq!(cut["usage"]["total_tokens"], 9);
        let (status, _) = posted(&server, path, &ask(json!(4_096))).await;
        assert_eq!(status, 200);
        let (status, error) = posted(&server, path, &ask(json!(0))).await;
        assert_eq!((status, error["message"].is_string()), (400, true));
    }
    let body = json!({
        "query": "noon", "documents": documents, "max_tokens_per_doc": 2, "long_passages": "max_slice"
    });
    let (status, error) = posted(&server, "/v2/rerank", &body).await;
    assert_eq!(status, 400);
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("leave one of them out"), "{message}");
    server.stop().await;
}

#[tokio::test]
async fn a_null_is_as_good_as_nothing() {
    let server = fallback().await;
    for (path, body) in [
        (
            "/v1/rerank",
            json!({
                "model": null, "query": "q", "documents": ["x"], "top_n": null, "rank_fields": null, "raw_scores": null,
                "return_documents": null, "max_chunks_per_doc": null, "truncation": null, "max_tokens_per_doc": null,
                "long_passages": null, "cutoff_layer": null
            }),
        ),
        (
            "/rerank",
            json!({
                "query": "q", "texts": ["x"], "truncate": null, "truncation_direction": null, "raw_scores": null,
                "return_text": null
            }),
        ),
        (
            "/embed",
            json!({
                "inputs": "x", "truncate": null, "truncation_direction": null, "normalize": null, "prompt_name": null,
                "dimensions": null, "encoding_format": null
            }),
        ),
        (
            "/v1/embeddings",
            json!({
                "model": null, "input": "x", "encoding_format": null, "dimensions": null, "input_type": null,
                "user": null
            }),
        ),
    ] {
        let (status, answer) = posted(&server, path, &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }
    let wrong = json!({"input": "x", "encoding_format": "hex"});
    assert_eq!(posted(&server, "/v1/embeddings", &wrong).await.0, 400);
    server.stop().await;
}

#[tokio::test]
async fn vectors_for_dot_products_keep_their_length_unless_it_is_to_be_one() {
    let models = FakeModels::default().with_embedder_by(Similarity::Dot);
    let server = Server::start_with(Arc::new(models), |_options| {}).await;
    let squares = |vector: &Value| {
        let numbers = vector.as_array().expect("a vector").iter();
        numbers
            .filter_map(Value::as_f64)
            .map(|x| x * x)
            .sum::<f64>()
    };
    let text = "ferry ferry ferry";
    for (body, expected) in [
        (json!({"inputs": text}), 9.0),
        (json!({"inputs": text, "normalize": null}), 9.0),
        (json!({"inputs": text, "normalize": false}), 9.0),
        (json!({"inputs": text, "normalize": true}), 1.0),
    ] {
        let (status, answer) = posted(&server, "/embed", &body).await;
        assert_eq!(status, 200, "{answer}");
        assert!(
            (squares(&answer[0]) - expected).abs() < 1e-6,
            "{body}: {answer}"
        );
    }
    let (_, answer) = posted(&server, "/v1/embeddings", &json!({"input": text})).await;
    assert_eq!(squares(&answer["data"][0]["embedding"]), 9.0, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn vectors_of_length_one_are_given_as_they_are_and_no_others_can_be_had() {
    let server = fallback().await;
    // Dividing such a vector by its length once more changes its last digits.
    let text = "a b c";
    let (_, plain) = posted(&server, "/embed", &json!({"inputs": text})).await;
    let wanted = json!({"inputs": text, "normalize": true});
    assert_eq!(posted(&server, "/embed", &wanted).await, (200, plain));
    let (status, error) = posted(
        &server,
        "/embed",
        &json!({"inputs": text, "normalize": false}),
    )
    .await;
    assert_eq!(status, 422, "{error}");
    let message = error["error"].as_str().expect("a message");
    assert!(
        message.contains("normalize") && message.contains("length 1"),
        "{message}"
    );
    server.stop().await;
}

#[tokio::test]
async fn models_answer_to_the_names_that_clients_insist_on() {
    let models = FakeModels::default()
        .with_embedder()
        .with_reranker(Arc::<WordReranker>::default());
    let server = Server::start_with(Arc::new(models), |options| {
        let both = [
            ("rerank-v3.5", "by-words"),
            ("jina-reranker", "default"),
            ("text-embedding-3-small", "hashed-words"),
            ("rerank-lost", "not-there"),
        ];
        let owned = both.map(|(alias, model)| (alias.to_owned(), model.to_owned()));
        options.model_aliases = owned.into();
    })
    .await;
    for model in ["rerank-v3.5", "jina-reranker", "default", "by-words"] {
        let body = json!({"model": model, "query": "q", "documents": ["x"]});
        let (status, answer) = posted(&server, "/v2/rerank", &body).await;
        assert_eq!(
            (status, &answer["model"]),
            (200, &json!("by-words")),
            "{model}"
        );
    }
    let body = json!({"model": "text-embedding-3-small", "input": "x"});
    let (status, answer) = posted(&server, "/v1/embeddings", &body).await;
    assert_eq!((status, &answer["model"]), (200, &json!("hashed-words")));
    let listed = server.get_json("/v1/models").await;
    let ids: Vec<&str> = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|m| m["id"].as_str())
        .collect();
    for id in [
        "by-words",
        "hashed-words",
        "rerank-v3.5",
        "text-embedding-3-small",
    ] {
        assert!(ids.contains(&id), "{ids:?}");
    }

    for (path, body) in [
        (
            "/v1/rerank",
            json!({"model": "rerank-v9", "query": "q", "documents": ["x"]}),
        ),
        (
            "/v2/rerank",
            json!({"model": "rerank-v9", "query": "q", "documents": ["x"]}),
        ),
        (
            "/v1/embeddings",
            json!({"model": "rerank-v9", "input": "x"}),
        ),
    ] {
        let response = server.post(path, &body).await;
        assert_eq!(response.status(), 404, "{path}");
        let text = response.text().await.expect("text");
        for known in ["by-words", "hashed-words", "rerank-v3.5"] {
            assert!(text.contains(known), "{path}: {text}");
        }
    }
    let lost = json!({"model": "rerank-lost", "query": "q", "documents": ["x"]});
    let (status, error) = posted(&server, "/v1/rerank", &lost).await;
    assert_eq!(status, 404);
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.contains("not-there") && message.contains("`rerank-lost` stands for it"),
        "{message}"
    );
    server.stop().await;
}
