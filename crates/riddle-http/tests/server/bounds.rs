//! What clients send is bounded before any work is done for it.

use std::sync::Arc;
use std::time::Duration;

use riddle_http::JsonBodyTime;
use riddle_testkit::{FAILS, FakeModels};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Server;

/// Bytes that the bodies of all requests may hold on a server of these tests.
pub(crate) const ALL_BODIES: usize = 1_000_000;

async fn refused(server: &Server, path: &str, body: Value) -> (u16, Value) {
    let response = server.post(path, &body).await;
    let status = response.status().as_u16();
    let text = response.text().await.expect("text");
    assert!((400..500).contains(&status), "{path}: {status} {text}");
    assert!(text.len() < 1_500, "{path}: an error repeats what was sent");
    (status, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn names_of_any_length_are_refused_and_not_repeated() {
    let server = Server::start_with(
        Arc::new(FakeModels::default().with_reranker(Arc::default())),
        |_| {},
    )
    .await;
    server.create_base("manuals").await;
    let long = "a".repeat(100_000);
    for (path, body) in [
        (
            "/api/v1/knowledge-bases/manuals/search",
            json!({"query": "x", "reranker": long}),
        ),
        (
            "/api/v1/knowledge-bases/manuals/search",
            json!({"query": "x", "rerank": {"model": long}}),
        ),
        ("/api/v1/knowledge-bases", json!({"name": long})),
        (
            "/api/v1/knowledge-bases",
            json!({"name": "other", "embedder": long}),
        ),
        (
            "/api/v1/search",
            json!({"knowledge_bases": [long], "query": "x"}),
        ),
        ("/api/v1/chats", json!({"knowledge_bases": [long]})),
        (
            "/v1/rerank",
            json!({"query": "x", "documents": ["a"], "model": long}),
        ),
        ("/v1/embeddings", json!({"input": "a", "model": long})),
        (
            "/v1/chat/completions",
            json!({"model": format!("riddle/{long}"), "messages": [{"role": "user", "content": "x"}]}),
        ),
    ] {
        refused(&server, path, body).await;
    }
    for path in [
        format!("/api/v1/models/{}/events", &long[..50_000]),
        format!("/api/v1/knowledge-bases/{}", &long[..50_000]),
    ] {
        let response = server.get(&path).await;
        assert_eq!(response.status(), 404);
        let text = response.text().await.expect("text");
        assert!(text.len() < 1_500, "an error repeats what was sent");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_embedder_that_is_not_here_is_the_requests_mistake() {
    let server = Server::start(|_options| {}).await;
    let body = json!({"name": "notes", "embedder": "no-such-model"});
    let (status, error) = refused(&server, "/api/v1/knowledge-bases", body).await;
    assert_eq!((status, &error["param"]), (400, &json!("embedder")));
    server.stop().await;
}

#[tokio::test]
async fn lists_and_texts_beyond_their_bounds_are_refused() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let base = "/api/v1/knowledge-bases/manuals";
    let said = json!({"role": "user", "content": "x"});
    let ask = |history: usize| json!({"question": "x", "history": vec![&said; history]});
    let chat = |more: Value| {
        let mut body = json!({"model": "riddle/manuals", "messages": [said.clone()]});
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        body
    };
    let part = json!({"type": "text", "text": "x"});
    let files = vec![json!({"name": "a.jsonl", "content": ""}); 1_001];
    let completions = "/v1/chat/completions";
    for (path, body, param) in [
        (format!("{base}/ask"), ask(1_001), "history"),
        (
            "/api/v1/evaluations/sets".to_owned(),
            json!({"name": "set", "knowledge_base": "manuals", "files": files}),
            "files",
        ),
        (
            completions.to_owned(),
            chat(json!({"messages": vec![&said; 1_002]})),
            "messages",
        ),
        (
            completions.to_owned(),
            chat(json!({"messages": [{"role": "user", "content": vec![&part; 1_001]}]})),
            "messages[0].content",
        ),
        (
            completions.to_owned(),
            chat(json!({"modalities": vec!["text"; 9]})),
            "modalities",
        ),
        (
            "/v1/embeddings".to_owned(),
            json!({"input": "x", "input_type": "x".repeat(201)}),
            "input_type",
        ),
    ] {
        let (status, error) = refused(&server, &path, body).await;
        let named = [&error["param"], &error["error"]["param"]];
        assert_eq!(status, 400, "{path}: {error}");
        assert!(named.contains(&&json!(param)), "{path}: {error}");
    }
    let answered = server.post(&format!("{base}/ask"), &ask(1_000)).await;
    assert_eq!(answered.status(), 200);
    let hint = json!({"inputs": "x", "prompt_name": "x".repeat(201)});
    assert_eq!(refused(&server, "/embed", hint).await.0, 422);
    server.stop().await;
}

/// What is asked about a run that is not there is checked all the same.
const RUN_QUESTIONS: &str = "/api/v1/evaluations/runs/00000000000000000000000000000000/questions";
const RUN_FILES: &str = "/api/v1/evaluations/runs/00000000000000000000000000000000/trec";
const RUN_DIFF: &str = "/api/v1/evaluations/runs/00000000000000000000000000000000/diff/00000000000000000000000000000000";

#[tokio::test]
async fn parameters_beyond_their_bounds_are_refused() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let documents = "/api/v1/knowledge-bases/manuals/documents";
    let examples = "/api/v1/knowledge-bases/manuals/examples";
    for (path, name, most) in [
        (documents, "search", 1_000),
        (documents, "folder", 995),
        (documents, "cursor", 2_000),
        ("/api/v1/chats", "cursor", 2_000),
        ("/api/v1/feedback", "cursor", 2_000),
        ("/api/v1/comparisons", "cursor", 2_000),
        ("/api/v1/evaluations/runs", "cursor", 2_000),
        (examples, "language", 100),
        (RUN_QUESTIONS, "question", 200),
        (RUN_FILES, "arm", 60),
        (RUN_DIFF, "arm", 60),
        (RUN_DIFF, "before_arm", 60),
    ] {
        let response = server
            .get(&format!("{path}?{name}={}", "a".repeat(most + 1)))
            .await;
        assert_eq!(response.status(), 400, "{path} {name}");
        let error: Value = response.json().await.expect("JSON");
        assert_eq!(error["param"], name, "{path}");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains("at most"), "{message}");
    }
    for limit in [0, 1_000_001] {
        let path = format!("/api/v1/evaluations/sets/none/power?limit={limit}");
        assert_eq!(server.get(&path).await.status(), 400, "{limit}");
    }
    let many = "ready,".repeat(34);
    let response = server.get(&format!("{documents}?status={many}")).await;
    assert_eq!(response.status(), 400);
    let longest = "a".repeat(995);
    let fits = server
        .get(&format!("{documents}?folder={longest}&search={longest}"))
        .await;
    assert_eq!(fits.status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn cursors_that_look_as_described_are_taken() {
    let server = Server::start(|_options| {}).await;
    for path in ["chats", "comparisons", "evaluations/runs", "feedback"] {
        for cursor in [
            "0.00000000-0000-0000-0000-000000000000",
            "999999999999999999.ffffffff-ffff-ffff-ffff-ffffffffffff",
        ] {
            let response = server.get(&format!("/api/v1/{path}?cursor={cursor}")).await;
            assert_eq!(response.status(), 200, "{path} {cursor}");
        }
        let response = server.get(&format!("/api/v1/{path}?cursor=next")).await;
        assert_eq!(response.status(), 400, "{path}");
    }
    server.create_base("manuals").await;
    let documents = "/api/v1/knowledge-bases/manuals/documents?sort=oldest";
    for (order, key) in [
        ("newest", "0"),
        ("size", "999999999999999999"),
        ("name", "a"),
        ("status", ""),
    ] {
        let cursor = format!("{order}.00000000-0000-0000-0000-000000000000.{key}");
        let response = server.get(&format!("{documents}&cursor={cursor}")).await;
        assert_eq!(response.status(), 200, "{cursor}");
    }
    let response = server.get(&format!("{documents}&cursor=size.next")).await;
    assert_eq!(response.status(), 400);
    server.stop().await;
}

#[tokio::test]
async fn dimensions_are_checked_before_anything_is_embedded() {
    let models = Arc::new(FakeModels::default().with_embedder());
    let server = Server::start_with(models, |_options| {}).await;
    for (path, name, expected) in [("/v1/embeddings", "input", 400), ("/embed", "inputs", 422)] {
        // A model that was given this text would fail.
        let body = json!({name: FAILS, "dimensions": 1});
        let (status, error) = refused(&server, path, body).await;
        assert_eq!(status, expected, "{path}: {error}");
        let error = error.to_string();
        assert!(
            error.contains("the length of this model's vectors"),
            "{error}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn more_texts_than_files_of_a_form_are_refused() {
    let server = Server::start(|options| options.max_upload_parts = 3).await;
    server.create_base("manuals").await;
    let path = "/api/v1/knowledge-bases/manuals/documents";
    let texts = |count: usize| {
        let texts = (0..count).map(|place| json!({"name": format!("{place}.txt"), "text": "x"}));
        Value::Array(texts.collect())
    };
    let (status, error) = refused(&server, path, texts(4)).await;
    assert_eq!((status, &error["code"]), (413, &json!("too_large")));
    assert_eq!(server.post(path, &texts(3)).await.status(), 202);
    server.stop().await;
}

#[tokio::test]
async fn numbers_at_the_edge_of_their_type_are_refused() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    for overlap in [1_u32 << 31, u32::MAX] {
        let chunking = json!({"overlap_tokens": overlap});
        let body = json!({"name": "other", "chunking": chunking});
        let (status, error) = refused(&server, "/api/v1/knowledge-bases", body).await;
        assert_eq!(status, 400);
        assert_eq!(error["param"], "chunking.overlap_tokens");
        let url = server.url("/api/v1/knowledge-bases/manuals");
        let patch = server
            .client
            .patch(url)
            .json(&json!({"chunking": chunking}));
        assert_eq!(patch.send().await.expect("an answer").status(), 400);
    }
    server.stop().await;
}

#[tokio::test]
async fn json_with_more_values_than_anyone_needs_is_not_read() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let nested = (0..100).fold(json!(0), |inner, _| json!([inner]));
    for filter in [json!({"a": vec![0; 50_000]}), json!({ "a": nested })] {
        let body = json!({"query": "x", "filter": filter});
        let (status, error) =
            refused(&server, "/api/v1/knowledge-bases/manuals/search", body).await;
        assert_eq!((status, &error["code"]), (413, &json!("too_large")));
    }
    server.stop().await;
}

/// Clients that send this beginning of a request, of 190,000 bytes to hold, until one of them is refused.
pub(crate) async fn held_until_refused(server: &Server, half: &str) -> (Vec<TcpStream>, String) {
    let mut held = Vec::new();
    loop {
        assert!(held.len() * 190_000 <= ALL_BODIES, "all of them are held");
        let mut stream = TcpStream::connect(server.address).await.expect("connects");
        stream.write_all(half.as_bytes()).await.expect("sends");
        let mut answer = [0_u8; 512];
        let read = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut answer));
        match read.await {
            Err(_still_waiting) => held.push(stream),
            Ok(read) => {
                let refusal = String::from_utf8_lossy(&answer[..read.expect("reads")]);
                return (held, refusal.into_owned());
            }
        }
    }
}

#[tokio::test]
async fn bodies_that_are_half_sent_hold_no_more_than_their_part_of_the_memory() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let head = "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 199999\r\n\r\n";
    let half = format!("{head}{{\"input\": \"{}", "a".repeat(190_000));
    let (held, refusal) = held_until_refused(&server, &half).await;
    assert!(refusal.starts_with("HTTP/1.1 429"), "{refusal}");
    assert!(refusal.to_lowercase().contains("retry-after"), "{refusal}");
    let search = json!({"query": "x"});
    let answered = server
        .post("/api/v1/knowledge-bases/manuals/search", &search)
        .await;
    assert_eq!(answered.status(), 200, "small requests go on");
    drop(held);
    let texts = json!({"query": "x", "texts": ["a".repeat(150_000)]});
    let mut status = 429;
    while status == 429 {
        status = server.post("/rerank", &texts).await.status().as_u16();
    }
    assert_eq!(
        status, 424,
        "there is no model, and the memory is free again"
    );
    server.stop().await;
}

/// Texts of which so many bytes are sent, and never the last ones.
async fn half_sent_texts(server: &Server, bytes: usize) -> TcpStream {
    let head = "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n";
    let mut stream = TcpStream::connect(server.address).await.expect("connects");
    let sent = format!("{head}{}", " ".repeat(bytes));
    stream.write_all(sent.as_bytes()).await.expect("sends");
    stream
}

/// Texts that hold three quarters of the memory of all bodies, to the last byte.
async fn all_texts(server: &Server) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for bytes in [199_000, 199_000, 199_000, ALL_BODIES * 3 / 4 - 3 * 199_000] {
        held.push(half_sent_texts(server, bytes).await);
    }
    held
}

#[tokio::test]
async fn texts_that_hold_all_their_memory_leave_questions_answered() {
    let server = Server::start(|_options| {}).await;
    server.create_base("manuals").await;
    let held = all_texts(&server).await;
    for stream in &held {
        let mut byte = [0];
        let answer = tokio::time::timeout(Duration::from_millis(500), stream.peek(&mut byte));
        answer.await.expect_err("its body is waited for");
    }
    let text = json!({"query": "x", "texts": ["a"]});
    while server.post("/rerank", &text).await.status() != 429 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let search = json!({"query": "x"});
    let path = "/api/v1/knowledge-bases/manuals/search";
    assert_eq!(server.post(path, &search).await.status(), 200);
    assert_eq!(server.post("/rerank", &text).await.status(), 429);
    drop(held);
    server.stop().await;
}

#[tokio::test]
async fn bodies_that_never_get_whole_give_their_memory_back_in_time() {
    let least = Duration::from_secs(1);
    let server = Server::start(|options| {
        let bytes_per_s = usize::MAX;
        options.json_time = JsonBodyTime { least, bytes_per_s };
    })
    .await;
    let held = all_texts(&server).await;
    for mut stream in held {
        let mut answer = [0_u8; 1_024];
        let read = stream.read(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    let texts = json!({"query": "x", "texts": ["a".repeat(150_000)]});
    let answered = server.post("/rerank", &texts).await;
    assert_eq!(answered.status(), 424, "there is no model, but memory");
    server.stop().await;
}

#[tokio::test]
async fn texts_to_cut_into_tokens_are_bounded_together() {
    let server = Server::start_with(
        Arc::new(FakeModels::default().with_reranker(Arc::default())),
        |_| {},
    )
    .await;
    let many = json!({"inputs": vec!["a ".repeat(500); 100]});
    let response = server.post("/tokenize", &many).await;
    assert_eq!(response.status(), 422);
    assert!(response.text().await.expect("text").contains("64000"));
    let few = json!({"inputs": vec!["a ".repeat(500); 10]});
    let answer = server.post("/tokenize", &few).await;
    assert_eq!(
        answer.status(),
        424,
        "these are few enough, and there is no embedder"
    );
    server.stop().await;
}
