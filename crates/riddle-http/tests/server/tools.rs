use std::sync::Arc;
use std::time::Duration;

use riddle_core::ContentHash;
use riddle_testkit::{FakeModels, MAX_WORDS, WordReranker};
use serde_json::{Value, json};

use crate::support::{Server, file};

async fn server(models: &Arc<WordReranker>) -> Server {
    Server::start_with(
        Arc::new(FakeModels::default().with_reranker(Arc::clone(models))),
        |_options| {},
    )
    .await
}

async fn post(server: &Server, path: &str, body: Value) -> (u16, Value) {
    let response = server.post(path, &body).await;
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

fn sigmoid(raw: f64) -> f64 {
    1.0 / (1.0 + (-raw).exp())
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
}

#[tokio::test]
async fn text_embeddings_inference_is_answered_in_its_shape() {
    let server = server(&Arc::default()).await;
    let texts = json!(["a colour", "a coarse sieve", "coarse"]);
    let body =
        json!({"query": "coarse sieve", "texts": texts, "raw_scores": true, "return_text": true});
    let response = server.post("/rerank", &body).await;
    let told = |header: &str| {
        response.headers()[header]
            .to_str()
            .expect("text")
            .to_owned()
    };
    assert_eq!(told("x-riddle-model"), "by-words");
    assert_eq!(told("x-riddle-stand-in"), "false");
    assert_eq!(told("x-riddle-truncated"), "0");
    for header in [
        "x-compute-time",
        "x-queue-time",
        "x-total-time",
        "x-compute-tokens",
    ] {
        let value = response.headers()[header].to_str().expect("text");
        value.parse::<u64>().expect("a whole number");
    }
    let ranks: Value = response.json().await.expect("JSON");
    assert_eq!(
        ranks,
        json!([
            {"index": 1, "score": 2.0, "text": "a coarse sieve"},
            {"index": 2, "score": 1.0, "text": "coarse"},
            {"index": 0, "score": 0.0, "text": "a colour"},
        ])
    );
    let (_, ranks) = post(
        &server,
        "/rerank",
        json!({"query": "coarse sieve", "texts": texts}),
    )
    .await;
    close(&ranks[0]["score"], sigmoid(2.0));
    assert_eq!(ranks[0].get("text"), None);

    let info = server.get_json("/info").await;
    assert_eq!(info["model_id"], "by-words");
    assert_eq!(
        info["model_type"],
        json!({"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}})
    );
    assert_eq!(info["max_input_length"], MAX_WORDS);
    for direction in ["left", "Left", "right", "Right"] {
        let body = json!({"query": "q", "texts": ["x"], "truncation_direction": direction});
        assert_eq!(post(&server, "/rerank", body).await.0, 200, "{direction}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_must_not_be_cut_is_refused_before_anything_is_scored() {
    let models = Arc::<WordReranker>::default();
    let server = server(&models).await;
    let long = "word ".repeat(MAX_WORDS + 1);
    let body = json!({"query": "q", "texts": ["x", "y", long], "truncate": false});
    let (status, error) = post(&server, "/rerank", body).await;
    assert_eq!(status, 413, "{error}");
    let message = error["error"].as_str().expect("a message");
    assert!(message.contains("text 2"), "{message}");
    assert_eq!(models.calls(), 0);
    let fits = json!({"query": "q", "texts": ["x", "y"], "truncate": false});
    assert_eq!(post(&server, "/rerank", fits).await.0, 200);
    server.stop().await;
}

#[tokio::test]
async fn text_embeddings_inference_has_its_errors() {
    let server = server(&Arc::default()).await;
    let long = "word ".repeat(MAX_WORDS + 1);
    let many: Vec<&str> = vec!["x"; 2_000];
    let cases = [
        (json!({"query": "q", "texts": []}), 422),
        (json!({"query": "q"}), 422),
        (json!({"query": "q", "documents": ["x"]}), 422),
        (
            json!({"query": "q", "texts": ["x"], "truncation_direction": "up"}),
            422,
        ),
        (json!({"query": "q", "texts": many}), 413),
        (
            json!({"query": "q", "texts": ["x", long], "truncate": false}),
            413,
        ),
    ];
    for (body, expected) in cases {
        let (status, error) = post(&server, "/rerank", body).await;
        assert_eq!(
            (status, &error["error_type"]),
            (expected, &json!("Validation")),
            "{error}"
        );
        assert_ne!(error["error"].as_str().unwrap_or_default(), "");
    }
    let fits = json!({"query": "q", "texts": [long], "truncate": true});
    let response = server.post("/rerank", &fits).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-riddle-truncated"], "1");
    for path in ["/embed", "/tokenize"] {
        let (status, error) = post(&server, path, json!({"inputs": "x"})).await;
        assert_eq!(
            (status, &error["error_type"]),
            (424, &json!("Backend")),
            "no embedder is here"
        );
    }
    for body in [
        json!({"inputs": "x", "encoding_format": "base64"}),
        json!({"inputs": []}),
    ] {
        assert_eq!(post(&server, "/embed", body).await.0, 422);
    }
    server.stop().await;

    let broken = Arc::new(WordReranker::broken());
    let server = self::server(&broken).await;
    let (status, error) = post(&server, "/rerank", json!({"query": "q", "texts": ["x"]})).await;
    assert_eq!((status, &error["error_type"]), (424, &json!("Backend")));
    server.stop().await;
}

#[tokio::test]
async fn cohere_and_jina_are_answered_in_their_shape() {
    let server = server(&Arc::default()).await;
    for path in ["/v1/rerank", "/v2/rerank"] {
        let body = json!({
            "model": "by-words", "query": "coarse sieve", "top_n": 2, "return_documents": true,
            "documents": ["a colour", {"text": "a coarse sieve", "page": 3}, "coarse"],
        });
        let (status, answer) = post(&server, path, body).await;
        assert_eq!(status, 200, "{answer}");
        let results = answer["results"].as_array().expect("a list");
        assert_eq!(results.len(), 2);
        assert_eq!(results[0]["index"], 1);
        close(&results[0]["relevance_score"], sigmoid(2.0));
        assert_eq!(results[0]["document"]["page"], 3);
        assert_eq!(results[1]["document"], json!({"text": "coarse"}));
        assert_eq!(answer["model"], "by-words");
        assert_eq!(answer["stand_in"], false);
        assert_eq!(answer["usage"]["total_tokens"], 6);
        assert_ne!(answer["id"].as_str().unwrap_or_default(), "");
        let version = path.trim_start_matches("/v").trim_end_matches("/rerank");
        assert_eq!(answer["meta"]["api_version"]["version"], version);

        let cases = [
            (json!({"query": "q", "documents": []}), 400),
            (json!({"query": "q", "documents": [{"title": "x"}]}), 400),
            (json!({"query": "q", "documents": ["x"], "top_n": 0}), 400),
            (
                json!({"query": "q", "documents": ["x"], "model": "rerank-v3.5"}),
                404,
            ),
        ];
        for (body, expected) in cases {
            let (status, error) = post(&server, path, body).await;
            assert_eq!(status, expected, "{error}");
            assert_eq!(error["message"], error["detail"]);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_done_is_told_beside_what_cohere_has() {
    let server = server(&Arc::default()).await;
    let long = format!("{} sieve", "word ".repeat(MAX_WORDS));
    let ask = |more: Value| {
        let mut body = json!({"query": "coarse sieve", "documents": ["coarse", long]});
        let fields = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(fields);
        body
    };
    let (_, answer) = post(&server, "/v1/rerank", ask(json!({}))).await;
    let report = &answer["rerank"];
    for (field, expected) in [
        ("status", json!("applied")),
        ("model", json!("by-words")),
        ("device", json!("cpu")),
        ("scale", json!("logit")),
        ("long_passages", json!("max_slice")),
        ("pairs", json!(2)),
        ("tokens", json!(MAX_WORDS + 2)),
        ("truncated_pairs", json!(0)),
        ("windows", json!(2)),
    ] {
        assert_eq!(report[field], expected, "{field}");
    }
    assert_eq!(report["reason"], Value::Null);
    for result in answer["results"].as_array().expect("a list") {
        assert_eq!(result["score_raw"], 1.0);
        close(&result["relevance_score"], sigmoid(1.0));
        let window = match result["index"].as_u64() {
            Some(1) => json!({"index": 1, "count": 2, "span": {"start": 5, "end": 9}}),
            _ => Value::Null,
        };
        assert_eq!(result.get("window").unwrap_or(&Value::Null), &window);
    }

    let cut = [
        ("/v2/rerank", json!({})),
        ("/v1/rerank", json!({"long_passages": "truncate"})),
        ("/v1/rerank", json!({"max_chunks_per_doc": 1})),
        ("/v1/rerank", json!({"max_tokens_per_doc": 40})),
    ];
    for (path, more) in cut {
        let (_, answer) = post(&server, path, ask(more)).await;
        assert_eq!(answer["rerank"]["truncated_pairs"], 1, "{path}");
        assert_eq!(
            answer["results"][1]["score_raw"], 0.0,
            "the last word is gone"
        );
    }
    let (_, answer) = post(
        &server,
        "/v2/rerank",
        ask(json!({"long_passages": "max_slice"})),
    )
    .await;
    assert_eq!(answer["rerank"]["windows"], 2);
    let (_, answer) = post(&server, "/v2/rerank", ask(json!({"max_tokens_per_doc": 3}))).await;
    assert_eq!(answer["rerank"]["tokens"], 4, "one word, and three of many");

    for more in [
        json!({"cutoff_layer": 3}),
        json!({"long_passages": "fold"}),
        json!({"long_passages": "max_slice", "max_tokens_per_doc": 9}),
        json!({"max_tokens_per_doc": 0}),
        json!({"return_documents": "perhaps"}),
    ] {
        let (status, error) = post(&server, "/v2/rerank", ask(more.clone())).await;
        assert_eq!(
            (status, error["message"].is_string()),
            (400, true),
            "{more}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn sagemaker_and_openai_are_answered_in_their_shape() {
    let server = server(&Arc::default()).await;
    let pairs = json!({"text_pairs": [["a", "a b"], ["a b", "a b"], ["c", "a b"]]});
    for path in ["/invocations", "/endpoints/any-name/invocations"] {
        let response = server.post(path, &pairs).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-riddle-model"], "by-words");
        assert_eq!(response.headers()["x-compute-tokens"], "6");
        let answer: Value = response.json().await.expect("JSON");
        assert_eq!(answer, json!({"scores": [1.0, 2.0, 0.0]}));
    }
    let (status, error) = post(&server, "/invocations", json!({"text_pairs": [["a"]]})).await;
    assert_eq!((status, error["error"].is_string()), (422, true));
    assert_eq!(server.get("/ping").await.status(), 200);

    let models = server.get_json("/v1/models").await;
    assert_eq!(models["data"][0]["id"], "by-words");
    assert_eq!(
        server.get_json("/v1/models/by-words").await["object"],
        "model"
    );
    let absent = server.get("/v1/models/absent").await;
    assert_eq!(absent.status(), 404);
    let error: Value = absent.json().await.expect("JSON");
    assert_eq!(error["error"]["code"], "model_not_found");
    server.create_base("manuals").await;
    assert_eq!(
        server.get_json("/v1/models/riddle/manuals").await["id"],
        "riddle/manuals"
    );

    for input in [
        json!([1, 2]),
        json!([[1, 2]]),
        json!([]),
        json!({}),
        json!(null),
    ] {
        let (status, error) = post(&server, "/v1/embeddings", json!({"input": input})).await;
        assert_eq!(
            (status, &error["error"]["param"]),
            (400, &json!("input")),
            "{error}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn the_key_is_asked_for_on_every_address() {
    let key = |options: &mut riddle_http::HttpOptions| {
        options.api_key_hash = Some(ContentHash::of(b"a key").0)
    };
    let models = Arc::new(FakeModels::default().with_reranker(Arc::default()));
    let server = Server::start_with(models, key).await;
    let body = json!({"query": "q", "texts": ["x"], "documents": ["x"], "text_pairs": [], "input": "x", "inputs": "x"});
    for path in [
        "/rerank",
        "/embed",
        "/v1/rerank",
        "/v2/rerank",
        "/v1/embeddings",
        "/invocations",
        "/endpoints/any/invocations",
        "/tokenize",
    ] {
        assert_eq!(server.post(path, &body).await.status(), 401, "{path}");
    }
    for path in ["/info", "/ping", "/v1/models", "/v1/models/by-words"] {
        assert_eq!(server.get(path).await.status(), 401, "{path}");
    }
    let with_key = server
        .client
        .post(server.url("/v2/rerank"))
        .bearer_auth("a key")
        .json(&body);
    assert_eq!(with_key.send().await.expect("an answer").status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn a_full_server_says_when_to_come_back() {
    let models = Arc::<WordReranker>::default();
    let server = server(&models).await;
    server.create_base("manuals").await;
    let form = reqwest::multipart::Form::new()
        .part("file", file("a.md", "A coarse sieve."))
        .part("file", file("b.md", "A fine sieve."));
    let accepted: Value = server
        .upload("manuals", form)
        .await
        .json()
        .await
        .expect("JSON");
    for document in accepted["documents"].as_array().expect("a list") {
        server.finished(document).await;
    }
    models.gate.hold(true);
    let body = json!({"query": "q", "texts": ["x"]});
    let search = "/api/v1/knowledge-bases/manuals/search";
    let mut waiting: Vec<_> = (0..4)
        .map(|_| tokio::spawn(server.client.post(server.url("/rerank")).json(&body).send()))
        .collect();
    until(&server, 4).await;
    let tools = [
        ("/rerank", body.clone()),
        ("/embed", json!({"inputs": "x"})),
        ("/tokenize", json!({"inputs": "x"})),
        ("/v2/rerank", json!({"query": "q", "documents": ["x"]})),
        ("/v1/embeddings", json!({"input": "x"})),
        ("/invocations", json!({"text_pairs": [["q", "x"]]})),
    ];
    for (path, body) in tools {
        refused(&server, path, body).await;
    }
    // Tools keep no search out.
    let by_words = json!({"query": "sieve", "rerank": false});
    assert_eq!(server.post(search, &by_words).await.status(), 200);
    let reranked = json!({"query": "sieve", "rerank": {"deadline_ms": 60_000}});
    let searches = (0..4).map(|_| {
        tokio::spawn(
            server
                .client
                .post(server.url(search))
                .json(&reranked)
                .send(),
        )
    });
    waiting.extend(searches);
    until(&server, 8).await;
    refused(&server, search, by_words).await;
    let ask = json!({"question": "sieve"});
    refused(&server, "/api/v1/knowledge-bases/manuals/ask", ask).await;
    models.gate.hold(false);
    for answer in waiting {
        assert_eq!(
            answer.await.expect("joins").expect("an answer").status(),
            200
        );
    }
    server.stop().await;
}

async fn refused(server: &Server, path: &str, body: Value) {
    let response = server.post(path, &body).await;
    assert_eq!(response.status(), 429, "{path}");
    let seconds = response.headers()["retry-after"].to_str().expect("text");
    assert!(seconds.parse::<u32>().expect("seconds") > 0);
}

#[tokio::test]
async fn the_work_of_a_client_that_has_gone_is_not_done() {
    let models = Arc::<WordReranker>::default();
    let server = server(&models).await;
    models.gate.hold(true);
    // Many more passages than one call of the model takes.
    let body = json!({"query": "q", "texts": vec!["x"; 400]});
    let request = server.client.post(server.url("/rerank")).json(&body);
    let gone = tokio::spawn(request.send());
    until(&server, 1).await;
    while models.calls() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    gone.abort();
    until(&server, 0).await;
    models.gate.hold(false);
    let next = json!({"query": "q", "texts": ["x"]});
    assert_eq!(server.post("/rerank", &next).await.status(), 200);
    assert_eq!(
        models.calls(),
        2,
        "the first call of the one that has gone, and the next request's"
    );
    server.stop().await;
}

/// Waits until this many requests are in work.
async fn until(server: &Server, active: u64) {
    loop {
        let health = server.get_json("/api/v1/health").await;
        if health["queue"]["active_queries"] == json!(active) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
