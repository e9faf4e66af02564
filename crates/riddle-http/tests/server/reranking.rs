use std::sync::Arc;

use reqwest::multipart::Form;
use riddle_testkit::{FakeModels, WordReranker};
use serde_json::{Value, json};

use crate::chats::last;
use crate::support::{Server, file};

const SEARCH: &str = "/api/v1/knowledge-bases/manuals/search";
const BASE: &str = "/api/v1/knowledge-bases/manuals";

async fn server() -> Server {
    let models = Arc::new(FakeModels::default().with_reranker(Arc::default()));
    Server::with_documents_and(models, "manuals").await
}

async fn search(server: &Server, options: Value) -> Value {
    let mut body = json!({"query": "the server the port a cake"});
    let fields = body.as_object_mut().expect("an object");
    fields.extend(options.as_object().expect("an object").clone());
    server.post(SEARCH, &body).await.json().await.expect("JSON")
}

async fn patch(server: &Server, retrieval: Value) -> (u16, Value) {
    let request = server.client.patch(server.url(BASE));
    let request = request.json(&json!({ "retrieval": retrieval }));
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_hit_has_the_raw_score_and_the_one_from_0_to_1() {
    let server = server().await;
    let found = search(&server, json!({"rerank_weight": 1.0})).await;
    let report = &found["rerank"];
    assert_eq!(report["status"], "applied");
    assert_eq!(
        (&report["reason"], &report["reason_code"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&report["model"], &report["kind"]),
        (&json!("by-words"), &json!("cross_encoder"))
    );
    assert_eq!(
        (&report["scale"], &report["weight"]),
        (&json!("logit"), &json!(1.0))
    );
    assert_eq!(report["long_passages"], "truncate");
    assert_eq!(
        (&report["windows"], &report["cutoff_layer"]),
        (&json!(0), &Value::Null)
    );
    let total = found["timings"]["total_ms"].as_f64().expect("a time");
    let ms = |field: &str| report[field].as_f64().expect("a time");
    // Times are rounded.
    assert!(ms("ms") + ms("queue_ms") <= total + 0.1, "{found}");
    let hits = found["hits"].as_array().expect("a list");
    assert_eq!(hits.len(), 2);
    for hit in hits {
        let rerank = &hit["rerank"];
        assert_eq!(rerank["scale"], "logit");
        assert_eq!(rerank["window"], Value::Null);
        let raw = rerank["score_raw"].as_f64().expect("a score");
        let score = rerank["score"].as_f64().expect("a score");
        assert!((score - 1.0 / (1.0 + (-raw).exp())).abs() < 1e-6, "{hit}");
        assert_eq!(rerank["rank"], hit["rank"]);
    }
    let skipped = search(&server, json!({"rerank": false})).await;
    assert_eq!(skipped["rerank"]["reason_code"], "not_asked_for");
    assert_eq!(skipped["rerank"]["reason"], "not asked for");
    server.stop().await;
}

#[tokio::test]
async fn what_a_request_asks_of_the_reranker_is_checked() {
    let server = server().await;
    for (options, says) in [
        (json!({"rerank_weight": 1.5}), "between 0 and 1"),
        (json!({"rerank_skip_lead": 0}), "above 0 and at most 1"),
        (json!({"rerank_deadline_ms": 0}), "between 1 and 60000"),
        (json!({"rerank_deadline_ms": 60_001}), "between 1 and 60000"),
        (json!({"long_passages": "cut"}), "long_passages"),
        (
            json!({"cutoff_layer": 8}),
            "needs a layerwise reranker, and `by-words` is none",
        ),
        (json!({"reranker": "absent"}), "pull it first"),
    ] {
        let refused = search(&server, options.clone()).await;
        let code = refused["code"].as_str().expect("a code");
        assert!(code.starts_with("invalid_"), "{refused}");
        let message = refused["message"].as_str().expect("text");
        assert!(message.contains(says), "{message}");
        let field = options
            .as_object()
            .and_then(|options| options.keys().next());
        let field = field.expect("a field");
        assert_eq!(refused["param"], field.as_str());
        assert!(message.contains(&format!("`{field}`")), "{message}");
    }
    let answered = search(
        &server,
        json!({"reranker": "by-words", "long_passages": "max_slice", "rerank_deadline_ms": 5_000}),
    )
    .await;
    assert_eq!(answered["rerank"]["long_passages"], "max_slice");
    for (route, question) in [("ask", "question"), ("compare", "question")] {
        let body = json!({question: "a cake", "reranker": "absent"});
        let refused = server.post(&format!("{BASE}/{route}"), &body).await;
        assert_eq!(refused.status(), 400, "{route}");
    }
    server.stop().await;
}

#[tokio::test]
async fn both_forms_of_the_options_say_the_same() {
    let server = server().await;
    for (flat, nested) in [
        (json!({"rerank": false}), json!({"enabled": false})),
        (json!({"rerank_weight": 0.25}), json!({"weight": 0.25})),
        (
            json!({"rerank_skip_lead": 0.01}),
            json!({"skip_lead": 0.01}),
        ),
        (
            json!({"reranker": "by-words", "long_passages": "max_slice", "rerank_deadline_ms": 900}),
            json!({"model": "by-words", "long_passages": "max_slice", "deadline_ms": 900}),
        ),
    ] {
        let of = async |options: Value| {
            let report = search(&server, options).await["rerank"].clone();
            ["status", "reason_code", "model", "weight", "long_passages"]
                .map(|field| report[field].clone())
        };
        let expected = of(flat.clone()).await;
        assert_ne!(expected[0], Value::Null, "{flat}");
        assert_eq!(of(json!({"rerank": nested})).await, expected, "{nested}");
    }
    for (options, param, says) in [
        (json!({"weight": 1.5}), "rerank.weight", "between 0 and 1"),
        (json!({"skip_lead": 0}), "rerank.skip_lead", "above 0"),
        (json!({"deadline_ms": 0}), "rerank.deadline_ms", "between 1"),
        (
            json!({"long_passages": "cut"}),
            "rerank.long_passages",
            "variant",
        ),
        (json!({"cutoff_layer": 8}), "rerank.cutoff_layer", "is none"),
        (json!({"model": "absent"}), "rerank.model", "pull it first"),
        (json!({"speed": 1}), "rerank.speed", "unknown field"),
    ] {
        let refused = search(&server, json!({"rerank": options})).await;
        assert_eq!(refused["param"], param, "{refused}");
        let message = refused["message"].as_str().expect("text");
        assert!(
            message.contains(&format!("`{param}`")) && message.contains(says),
            "{message}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn every_request_takes_both_forms_and_refuses_an_option_in_both() {
    let server = server().await;
    let chat = server
        .post("/api/v1/chats", &json!({"knowledge_bases": ["manuals"]}))
        .await;
    let chat: Value = chat.json().await.expect("JSON");
    let chat = format!(
        "/api/v1/chats/{}/messages",
        chat["id"].as_str().expect("an id")
    );
    let completions =
        json!({"model": "riddle/manuals", "messages": [{"role": "user", "content": "a cake"}]});
    let several = json!({"knowledge_bases": ["manuals"], "query": "a cake"});
    let question = json!({"question": "a cake"});
    for (path, body, within) in [
        (SEARCH, json!({"query": "a cake"}), None),
        ("/api/v1/search", several, None),
        (
            "/api/v1/knowledge-bases/manuals/ask",
            question.clone(),
            None,
        ),
        (
            "/api/v1/knowledge-bases/manuals/compare",
            question.clone(),
            None,
        ),
        (chat.as_str(), question, None),
        ("/v1/chat/completions", completions, Some("riddle")),
    ] {
        let send = async |options: Value| {
            let mut body = body.clone();
            let fields = body.as_object_mut().expect("an object");
            match within {
                Some(name) => drop(fields.insert(name.to_owned(), options)),
                None => fields.extend(options.as_object().expect("an object").clone()),
            }
            let response = server.post(path, &body).await;
            let status = response.status().as_u16();
            (status, response.text().await.expect("text"))
        };
        let (status, said) =
            send(json!({"rerank": {"weight": 0.5}, "rerank_deadline_ms": 900})).await;
        assert_eq!(status, 200, "{path}: {said}");
        let (status, said) = send(json!({"rerank": {"weight": 0.5}, "rerank_weight": 0.5})).await;
        assert_eq!(status, 400, "{path}");
        let prefix = within.map(|name| format!("{name}.")).unwrap_or_default();
        assert!(
            said.contains(&format!("{prefix}rerank_weight")),
            "{path}: {said}"
        );
        let (status, said) = send(json!({"rerank_weight": 2})).await;
        assert_eq!(status, 400, "{path}");
        assert!(
            said.contains("`rerank_weight` must be between 0 and 1"),
            "{path}: {said}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn settings_take_the_nested_form_and_errors_say_where() {
    let server = server().await;
    let (status, changed) = patch(
        &server,
        json!({"top_n": 2, "rerank": {"model": "by-words", "weight": 0.25, "long_passages": "max_slice"}}),
    )
    .await;
    assert_eq!(status, 200, "{changed}");
    let kept = &changed["retrieval"];
    assert_eq!(
        (&kept["reranker"], &kept["rerank_weight"], &kept["rerank"]),
        (&json!("by-words"), &json!(0.25), &json!(true))
    );
    // What was read can be written as it is.
    let (status, again) = patch(&server, kept.clone()).await;
    assert_eq!((status, &again["retrieval"]), (200, kept));
    let (_, reset) = patch(
        &server,
        json!({"rerank": {"model": null, "enabled": false}}),
    )
    .await;
    let kept = &reset["retrieval"];
    assert_eq!(
        (&kept["reranker"], &kept["rerank"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(
        (&kept["rerank_weight"], &kept["top_n"]),
        (&json!(0.25), &json!(2))
    );
    for (retrieval, param) in [
        (json!({"rerank": {"weight": -1}}), "retrieval.rerank.weight"),
        (json!({"rerank_weight": -1}), "retrieval.rerank_weight"),
        (
            json!({"rerank": {"model": "absent"}}),
            "retrieval.rerank.model",
        ),
        (json!({"reranker": "absent"}), "retrieval.reranker"),
        (
            json!({"rerank": {"weight": 1}, "rerank_weight": 1}),
            "retrieval.rerank_weight",
        ),
        (json!({"top_n": 0}), "retrieval.top_n"),
        (json!({"rerank": "yes"}), "retrieval.rerank"),
    ] {
        let (status, refused) = patch(&server, retrieval).await;
        assert_eq!(
            (status, &refused["param"]),
            (400, &json!(param)),
            "{refused}"
        );
    }
    for enabled in [
        json!({"rerank": true}),
        json!({"rerank": {"enabled": false}}),
    ] {
        let mut body = enabled;
        body["question"] = json!("a cake");
        let refused = server.post(&format!("{BASE}/compare"), &body).await;
        assert_eq!(refused.status(), 400, "{body}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_name_at_fault_is_named_for_programs() {
    let server = server().await;
    for (path, body, param) in [
        (
            "/api/v1/knowledge-bases",
            json!({"name": "manuals"}),
            json!("name"),
        ),
        (
            "/api/v1/knowledge-bases",
            json!({"name": "a/b"}),
            json!("name"),
        ),
        ("/api/v1/knowledge-bases", json!({"name": 1}), json!("name")),
        (
            "/api/v1/knowledge-bases",
            json!({"name": "a", "embedder": "absent"}),
            json!("embedder"),
        ),
        (SEARCH, json!({"query": ""}), json!("query")),
        (
            SEARCH,
            json!({"query": "a", "filter": {"a": {}}}),
            json!("filter"),
        ),
    ] {
        let refused = server.post(path, &body).await;
        assert!(refused.status().is_client_error() || refused.status().is_server_error());
        let refused: Value = refused.json().await.expect("JSON");
        assert_eq!(refused["param"], param, "{body}: {refused}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_knowledge_base_keeps_how_it_is_reranked() {
    let server = server().await;
    let (status, changed) = patch(
        &server,
        json!({
            "reranker": "by-words", "rerank_weight": 0.25, "long_passages": "max_slice", "rerank_deadline_ms": 900
        }),
    )
    .await;
    assert_eq!(status, 200, "{changed}");
    let kept = &server.get_json(BASE).await["retrieval"];
    assert_eq!(kept, &changed["retrieval"]);
    assert_eq!(kept["long_passages"], "max_slice");
    assert_eq!(
        (&kept["rerank_deadline_ms"], &kept["cutoff_layer"]),
        (&json!(900), &Value::Null)
    );
    let found = search(&server, json!({})).await;
    assert_eq!(found["rerank"]["weight"], 0.25);
    assert_eq!(found["rerank"]["long_passages"], "max_slice");

    for (retrieval, says) in [
        (json!({"reranker": "absent"}), "pull it first"),
        (json!({"cutoff_layer": 3}), "is none"),
        (
            json!({"rerank_deadline_ms": 0}),
            "retrieval.rerank_deadline_ms",
        ),
        (json!({"rerank_weight": -1}), "retrieval.rerank_weight"),
        (
            json!({"rerank_skip_lead": 1.5}),
            "retrieval.rerank_skip_lead",
        ),
    ] {
        let (status, refused) = patch(&server, retrieval).await;
        assert_eq!(status, 400);
        let message = refused["message"].as_str().expect("text");
        assert!(message.contains(says), "{message}");
    }
    let (status, reset) = patch(
        &server,
        json!({"reranker": null, "rerank_deadline_ms": null}),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(reset["retrieval"]["rerank_deadline_ms"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn a_null_searches_as_if_the_knowledge_base_had_no_such_setting() {
    let server = server().await;
    let set = json!({"rerank": {"model": "by-words", "weight": 0.25, "deadline_ms": 700}});
    let (status, changed) = patch(&server, set).await;
    assert_eq!(status, 200, "{changed}");
    let weight_of = async |options: Value| {
        let mut body = json!({"query": "the server the port a cake"});
        let fields = body.as_object_mut().expect("an object");
        fields.extend(options.as_object().expect("an object").clone());
        let response = server.post(SEARCH, &body).await;
        assert_eq!(response.status(), 200, "{body}");
        let found: Value = response.json().await.expect("JSON");
        found["rerank"]["weight"].clone()
    };
    let own = weight_of(json!({"rerank": {"weight": null}})).await;
    assert_ne!(own, json!(0.25));
    for (options, expected) in [
        (json!({}), &json!(0.25)),
        (json!({"rerank": {"deadline_ms": null}}), &json!(0.25)),
        // What was set for a reranker goes with it.
        (json!({"rerank": {"model": null}}), &own),
        (
            json!({"rerank": {"model": null, "weight": 0.5}}),
            &json!(0.5),
        ),
        // Clients of earlier versions write fields that they do not use as null.
        (
            json!({"reranker": null, "rerank_weight": null, "rerank_deadline_ms": null}),
            &json!(0.25),
        ),
    ] {
        assert_eq!(&weight_of(options.clone()).await, expected, "{options}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_clear_lead_skips_reranking_where_that_is_set() {
    let server = server().await;
    let form = Form::new()
        .part("file", file("old.md", "The server is old."))
        .part(
            "file",
            file(
                "lamp.md",
                "The server has a big green lamp on its left side.",
            ),
        );
    let accepted: Value = server
        .upload("manuals", form)
        .await
        .json()
        .await
        .expect("JSON");
    for document in accepted["documents"].as_array().expect("a list") {
        assert_eq!(server.finished(document).await["status"], "ready");
    }
    let search = async |options: Value| {
        let mut body = json!({"query": "server listens on port 7180"});
        let fields = body.as_object_mut().expect("an object");
        fields.extend(options.as_object().expect("an object").clone());
        let found: Value = server.post(SEARCH, &body).await.json().await.expect("JSON");
        assert_eq!(found["hits"][0]["document"]["name"], "ports.md");
        found["rerank"].clone()
    };
    assert_eq!(search(json!({})).await["status"], "applied");
    let skipped = search(json!({"rerank_skip_lead": 0.5})).await;
    assert_eq!(
        (&skipped["status"], &skipped["reason_code"]),
        (&json!("skipped"), &json!("clear_lead"))
    );
    let reason = skipped["reason"].as_str().expect("text");
    assert!(reason.contains("from 0.5 on"), "{reason}");

    let (status, changed) = patch(&server, json!({"rerank_skip_lead": 0.5})).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["retrieval"]["rerank_skip_lead"], 0.5);
    assert_eq!(search(json!({})).await["reason_code"], "clear_lead");
    // What was set for one reranker says nothing of another that a request names.
    for other in [
        json!({"rerank_skip_lead": 1.0}),
        json!({"reranker": "by-words"}),
    ] {
        assert_eq!(search(other.clone()).await["status"], "applied", "{other}");
    }
    let body = json!({"question": "server listens on port 7180"});
    let compared = server.post(&format!("{BASE}/compare"), &body).await;
    let compared: Value = compared.json().await.expect("JSON");
    assert_eq!(
        compared["with_rerank"]["rerank"]["reason_code"],
        "clear_lead"
    );
    let (_, reset) = patch(&server, json!({"rerank_skip_lead": null})).await;
    assert_eq!(reset["retrieval"]["rerank_skip_lead"], Value::Null);
    assert_eq!(search(json!({})).await["status"], "applied");
    server.stop().await;
}

#[tokio::test]
async fn notices_have_a_code_and_a_sentence_and_extraction_has_its_time() {
    let server = server().await;
    let body = json!({"question": "Which port does the server listen on?"});
    let response = server.post(&format!("{BASE}/ask"), &body).await;
    let timing = response.headers()["server-timing"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(timing.contains("extract;dur="), "{timing}");
    let answer: Value = response.json().await.expect("JSON");
    assert!(answer["timings"]["extract_ms"].as_f64().expect("a time") > 0.0);
    let notice = &answer["notices"][0];
    assert_eq!(notice["code"], "no_language_model");
    assert!(
        notice["text"]
            .as_str()
            .expect("text")
            .contains("No language model")
    );
    assert_eq!(notice["values"], json!({}));
    server.stop().await;
}

#[tokio::test]
async fn a_reranker_that_fails_costs_no_answer() {
    let models = Arc::new(FakeModels::default().with_reranker(Arc::new(WordReranker::broken())));
    let server = Server::with_documents_and(models, "manuals").await;
    let found = search(&server, json!({})).await;
    assert_eq!(found["hits"].as_array().expect("a list").len(), 2);
    assert_eq!(found["rerank"]["status"], "failed");
    assert_eq!(found["rerank"]["reason_code"], "model_failed");
    let body = json!({"question": "Which port does the server listen on?"});
    let answer: Value = server
        .post(&format!("{BASE}/ask"), &body)
        .await
        .json()
        .await
        .expect("JSON");
    assert!(
        answer["answer"].as_str().expect("text").contains("7180"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_reranker_that_fails_costs_no_answer_of_a_chat_and_no_comparison() {
    let models = Arc::new(FakeModels::default().with_reranker(Arc::new(WordReranker::broken())));
    let server = Server::with_documents_and(models, "manuals").await;
    let says_the_port = |answer: &Value| {
        let text = answer["answer"].as_str().expect("text");
        assert!(text.contains("7180"), "{answer}");
        assert!(!answer["contexts"].as_array().expect("a list").is_empty());
    };
    // Both documents say something about it.
    let question = "Which port does the server listen on, and how long does a cake bake?";
    let body = json!({ "question": question });
    let chat = server.create_chat(&["manuals"]).await;
    let events = server.say(&chat, &body).await;
    let (name, done) = last(&events);
    assert_eq!(name, "done");
    let message = &done["message"];
    assert_eq!(message["status"], "complete");
    says_the_port(&message["answer"]);
    assert_eq!(message["answer"]["rerank"]["reason_code"], "model_failed");

    let compared = server.post(&format!("{BASE}/compare"), &body).await;
    assert_eq!(compared.status(), 200);
    let compared: Value = compared.json().await.expect("JSON");
    for (variant, code) in [
        ("without_rerank", "other_arm"),
        ("with_rerank", "model_failed"),
    ] {
        says_the_port(&compared[variant]);
        assert_eq!(compared[variant]["rerank"]["reason_code"], code);
    }
    let kept = server.get_json("/api/v1/comparisons").await;
    assert_eq!(kept["comparisons"].as_array().expect("a list").len(), 1);
    server.stop().await;
}
