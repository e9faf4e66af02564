//! The models that the server knows by name: listed, fetched from a hub of the test's own, cancelled, resumed and
//! verified.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use riddle_testkit::hub::{Hub, Reply, Request};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, root};

/// A yes/no reranker of the tests of the crates, which needs no library but the program itself.
const MODEL: &str = "tiny-yes-no";
const FILE: &str = "tiny.gguf";
/// What a hub sends of it before it falls silent.
const SENT: usize = 100_000;

fn weights() -> Vec<u8> {
    std::fs::read(data(FILE)).expect("committed")
}

fn data(file: &str) -> std::path::PathBuf {
    root()
        .join("crates/riddle-llm/tests/data/yes-no")
        .join(file)
}

/// Pairs with the scores that the reference gives them, each moved by `shift`, as the catalogue has them.
fn golden(shift: f64) -> String {
    let reference = std::fs::read(data("reference.json")).expect("committed");
    let reference: Value = serde_json::from_slice(&reference).expect("JSON");
    let prompts = reference["prompts"].as_array().expect("prompts");
    let qwen = prompts.iter().find(|one| one["prompt"] == "qwen3");
    let scores = qwen.expect("is there")["scores"]
        .as_array()
        .expect("scores");
    // The first two are short: what a long one scores depends on where it is cut.
    let pairs = reference["pairs"].as_array().expect("pairs").iter().take(2);
    let pairs: Vec<String> = pairs
        .zip(scores)
        .map(|(pair, score)| {
            let raw = score.as_f64().expect("a number") + shift;
            format!(
                "{{ query = {}, passage = {}, raw = {raw:.4} }}",
                pair[0], pair[1]
            )
        })
        .collect();
    format!("golden = [{}]", pairs.join(", "))
}

fn entry(name: &str, golden: &str) -> String {
    format!(
        r#"
        [[model]]
        name = "{name}"
        aliases = ["owner/{name}"]
        role = "reranker"
        kind = "yes_no"
        prompt = "qwen3"
        default_weight = 1.0
        format = "gguf"
        architecture = "qwen3"
        weights = "{FILE}"
        scale = "logit"
        parameters = 1
        memory_mb = 3
        max_tokens = 320
        languages = ["en", "zh"]
        licence = "Apache-2.0"
        {golden}
        files = [{{ path = "{FILE}" }}]
        sources = [{{ kind = "hub", repo = "owner/{name}", revision = "abc" }}]
        "#
    )
}

/// A data folder whose catalogue has these entries beside the usual ones.
fn folder(hub: &str, entries: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = folder.path().join("models.toml");
    std::fs::write(&catalogue, entries).expect("written");
    let config = format!(
        "[models]\ncatalogue = {:?}\nhub_endpoint = {hub:?}\n[chat]\nmodel = \"extractive\"\n",
        catalogue.display().to_string()
    );
    std::fs::write(folder.path().join("riddle.toml"), config).expect("written");
    folder
}

async fn online(folder: &Path) -> Server {
    let models = folder.join("models").display().to_string();
    Server::start_online(folder, &["--models-dir", &models]).await
}

async fn offline(folder: &Path) -> Server {
    let models = folder.join("models").display().to_string();
    Server::start_with(folder, &["--models-dir", &models]).await
}

/// Puts the files of [`MODEL`] into the models folder.
fn install(folder: &Path) {
    let own = folder.join("models").join(MODEL);
    std::fs::create_dir_all(&own).expect("made");
    std::fs::write(own.join(FILE), weights()).expect("written");
}

/// The file as a hub gives it; where the whole is asked for, no more than the first part of it comes.
fn silent_at_first(request: &Request, _before: usize) -> Reply {
    let resumed = request.headers.contains_key("range");
    Reply {
        stall_after: (!resumed).then_some(SENT),
        ..Reply::file(request, &weights(), "w1")
    }
}

async fn listed(server: &Server, name: &str) -> Value {
    let library = server.get("/api/v1/models").await;
    let models = library["models"].as_array().expect("models");
    let found = models.iter().find(|model| model["name"] == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {library}"))
        .clone()
}

async fn pull(server: &Server, name: &str) -> (StatusCode, Value) {
    let path = format!("/api/v1/models/{name}/pull");
    server.call(Method::POST, &path, None).await
}

/// The events of a download to its end.
async fn events(server: &Server, name: &str) -> Vec<Value> {
    let path = format!("/api/v1/models/{name}/events");
    let response = server.request(Method::GET, &path).send();
    let response = response.await.expect("the server answers");
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.expect("the stream ends");
    crate::support::parse_events(&text)
        .into_iter()
        .map(|(name, data)| {
            assert_eq!(name, "progress");
            serde_json::from_str(&data).expect("JSON")
        })
        .collect()
}

/// Waits until this much of the file has come.
async fn arrived(server: &Server, bytes: usize) -> Value {
    loop {
        let model = listed(server, MODEL).await;
        if model["download"]["done_bytes"] == json!(bytes) {
            return model;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_model_is_fetched_used_and_verified() {
    let hub = Hub::start(|request, _| match &*request.path {
        "/owner/tiny-yes-no/resolve/abc/tiny.gguf" => Reply::file(request, &weights(), "w1"),
        _ => Reply::status(404),
    })
    .await;
    let folder = folder(&hub.address, &entry(MODEL, &golden(0.0)));
    let server = online(folder.path()).await;

    let library = server.get("/api/v1/models").await;
    assert_eq!(library["offline"], json!(false));
    let models = folder.path().join("models").display().to_string();
    assert_eq!(library["folder"], json!(models));
    let before = listed(&server, MODEL).await;
    let expected = json!({
        "name": MODEL, "role": "reranker", "kind": "yes_no", "state": "absent", "bytes_on_disk": 0,
        "max_tokens": 320, "dimensions": null, "layers": null, "languages": ["en", "zh"], "license": "Apache-2.0",
        "source": "hub repository owner/tiny-yes-no@abc", "loaded": false, "device": null, "memory_bytes": 3_000_000,
        "verifiable": true, "download": null
    });
    assert_eq!(before, expected);
    let embedder = listed(&server, "multilingual-e5-small").await;
    assert_eq!(embedder["languages"], json!(["multilingual"]));
    assert_eq!(
        (
            &embedder["kind"],
            &embedder["dimensions"],
            &embedder["verifiable"]
        ),
        (&Value::Null, &json!(384), &json!(false))
    );

    // An alias means the same model.
    let (status, begun) = pull(&server, "owner%2Ftiny-yes-no").await;
    assert_eq!(status, StatusCode::ACCEPTED, "{begun}");
    let events = events(&server, MODEL).await;
    let size = weights().len();
    let end = json!({"state": "done", "file": FILE, "done_bytes": size, "total_bytes": size, "error": null});
    assert_eq!(events.last(), Some(&end));

    let after = listed(&server, MODEL).await;
    assert_eq!(
        (&after["state"], &after["download"]),
        (&json!("installed"), &end)
    );
    assert!(
        after["bytes_on_disk"].as_u64() >= Some(size as u64),
        "{after}"
    );
    let asked = json!({"model": MODEL, "query": "what is a sieve?", "documents": ["a coarse net", "the moon"]});
    server.post("/v2/rerank", asked).await;
    let used = listed(&server, MODEL).await;
    assert_eq!(used["loaded"], json!(true));
    assert_eq!(used["device"], "cpu", "{used}");

    let verified = server
        .post(&format!("/api/v1/models/{MODEL}/verify"), json!({}))
        .await;
    assert_eq!(verified["verdict"], "ok", "{verified}");
    assert_eq!(verified["files"], json!([{"path": FILE, "problem": null}]));
    let check = &verified["checks"][0];
    assert_eq!(check["query"], "what is a sieve?");
    let number = |key: &str| check[key].as_f64().expect("a number");
    assert!((number("expected") - number("got")).abs() < 0.05, "{check}");
    server.stop();
}

#[tokio::test]
async fn a_cancelled_download_goes_on_where_it_stopped() {
    let hub = Hub::start(silent_at_first).await;
    let folder = folder(&hub.address, &entry(MODEL, ""));
    let server = online(folder.path()).await;
    assert_eq!(pull(&server, MODEL).await.0, StatusCode::ACCEPTED);
    let running = arrived(&server, SENT).await;
    assert_eq!(running["state"], "downloading");
    let size = json!(weights().len());
    assert_eq!(running["download"]["total_bytes"], size);
    // A second request finds the download that runs.
    let (status, same) = pull(&server, MODEL).await;
    assert_eq!(
        (status, &same["done_bytes"]),
        (StatusCode::ACCEPTED, &json!(SENT))
    );
    assert_eq!(hub.requests().len(), 1);

    let path = format!("/api/v1/models/{MODEL}/pull");
    let (status, _) = server.call(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let cancelled = listed(&server, MODEL).await;
    assert_eq!(cancelled["download"]["state"], "cancelled");
    assert_eq!(cancelled["state"], "incomplete");
    assert!(
        cancelled["bytes_on_disk"].as_u64() >= Some(SENT as u64),
        "{cancelled}"
    );
    let told = events(&server, MODEL).await;
    assert_eq!(told.len(), 1, "the end alone: {told:?}");

    assert_eq!(pull(&server, MODEL).await.0, StatusCode::ACCEPTED);
    let told = events(&server, MODEL).await;
    let end = told.last().expect("an event");
    assert_eq!((&end["state"], &end["done_bytes"]), (&json!("done"), &size));
    let ranges: Vec<Option<String>> = hub
        .requests()
        .iter()
        .map(|request| request.headers.get("range").cloned())
        .collect();
    assert_eq!(ranges, [None, Some(format!("bytes={SENT}-"))]);
    let fetched = folder.path().join("models").join(MODEL).join(FILE);
    assert!(std::fs::read(fetched).expect("is there") == weights());
    server.stop();
}

#[tokio::test]
async fn a_download_outlives_its_server_in_part() {
    let hub = Hub::start(silent_at_first).await;
    let folder = folder(&hub.address, &entry(MODEL, ""));
    let server = online(folder.path()).await;
    assert_eq!(pull(&server, MODEL).await.0, StatusCode::ACCEPTED);
    arrived(&server, SENT).await;
    server.stop();
    let server = online(folder.path()).await;
    let model = listed(&server, MODEL).await;
    assert_eq!(
        (&model["state"], &model["download"]),
        (&json!("incomplete"), &Value::Null)
    );
    assert_eq!(pull(&server, MODEL).await.0, StatusCode::ACCEPTED);
    let told = events(&server, MODEL).await;
    assert_eq!(told.last().map(|end| &end["state"]), Some(&json!("done")));
    let last = hub.requests().pop().expect("a request");
    assert_eq!(last.headers.get("range"), Some(&format!("bytes={SENT}-")));
    server.stop();
}

#[tokio::test]
async fn a_download_that_fails_says_why_until_the_next() {
    let hub = Hub::start(|_, _| Reply::status(404)).await;
    let folder = folder(&hub.address, &entry(MODEL, ""));
    let server = online(folder.path()).await;
    assert_eq!(pull(&server, MODEL).await.0, StatusCode::ACCEPTED);
    let told = events(&server, MODEL).await;
    let end = told.last().expect("an event");
    assert_eq!(end["state"], "failed");
    assert_eq!(end["error"]["code"], "download_failed");
    let message = end["error"]["message"].as_str().expect("text");
    assert!(
        message.contains("404") && message.contains(MODEL),
        "{message}"
    );
    assert_eq!(&listed(&server, MODEL).await["download"], end);
    server.stop();
}

#[tokio::test]
async fn a_language_model_that_is_fetched_answers_without_a_new_start() {
    let file = root().join("crates/riddle-llm/tests/data/tiny-qwen3.gguf");
    let hub = Hub::start(move |request, _| {
        Reply::file(request, &std::fs::read(&file).expect("committed"), "w1")
    })
    .await;
    let chat = r#"
        [[model]]
        name = "tiny-chat"
        role = "chat"
        format = "gguf"
        architecture = "qwen3"
        weights = "tiny.gguf"
        parameters = 1
        memory_mb = 1
        max_tokens = 4096
        languages = ["multilingual"]
        licence = "Apache-2.0"
        files = [{ path = "tiny.gguf" }]
        sources = [{ kind = "hub", repo = "owner/tiny-chat", revision = "abc" }]
    "#;
    let folder = folder(&hub.address, chat);
    let config = folder.path().join("riddle.toml");
    let text = std::fs::read_to_string(&config).expect("written above");
    let text = text.replace("model = \"extractive\"", "");
    std::fs::write(config, text).expect("written");
    let server = online(folder.path()).await;
    assert_eq!(pull(&server, "tiny-chat").await.0, StatusCode::ACCEPTED);
    let told = events(&server, "tiny-chat").await;
    assert_eq!(told.last().map(|end| &end["state"]), Some(&json!("done")));
    loop {
        let model = listed(&server, "tiny-chat").await;
        if model["loaded"] == json!(true) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop();
}

#[tokio::test]
async fn only_so_many_downloads_run_at_once() {
    let hub = Hub::start(silent_at_first).await;
    let names = ["one", "two", "three", "four"];
    let entries: String = names.iter().map(|name| entry(name, "")).collect();
    let folder = folder(&hub.address, &entries);
    let server = online(folder.path()).await;
    for name in &names[..3] {
        assert_eq!(pull(&server, name).await.0, StatusCode::ACCEPTED);
    }
    let (status, refused) = pull(&server, "four").await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("overloaded"))
    );
    let path = "/api/v1/models/one/pull";
    let (status, _) = server.call(Method::DELETE, path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(pull(&server, "four").await.0, StatusCode::ACCEPTED);
    server.stop();
}

#[tokio::test]
async fn what_cannot_be_done_says_what_to_do() {
    let folder = folder("http://127.0.0.1:9", &entry(MODEL, ""));
    let server = offline(folder.path()).await;
    assert_eq!(server.get("/api/v1/models").await["offline"], json!(true));
    let of = |name: &str, action: &str| format!("/api/v1/models/{name}/{action}");
    let cases = [
        (
            Method::POST,
            of(MODEL, "pull"),
            409,
            "offline",
            "without --offline",
        ),
        (
            Method::GET,
            of(MODEL, "events"),
            404,
            "download_not_found",
            "fetch it first",
        ),
        (
            Method::POST,
            of(MODEL, "verify"),
            409,
            "model_absent",
            "riddle models pull tiny-yes-no",
        ),
        (
            Method::POST,
            of("tiny-yes-not", "pull"),
            404,
            "model_not_found",
            "did you mean `tiny-yes-no`",
        ),
        (
            Method::DELETE,
            of("unheard-of", "pull"),
            404,
            "model_not_found",
            "riddle models list",
        ),
        (
            Method::GET,
            of("unheard-of", "events"),
            404,
            "model_not_found",
            "riddle models list",
        ),
        (
            Method::POST,
            of("unheard-of", "verify"),
            404,
            "model_not_found",
            "riddle models list",
        ),
    ];
    for (method, path, status, code, remedy) in cases {
        let (got, body) = server.call(method, &path, None).await;
        assert_eq!(
            (got.as_u16(), &body["code"]),
            (status, &json!(code)),
            "{path}: {body}"
        );
        let message = body["message"].as_str().expect("text");
        assert!(message.contains(remedy), "{path}: {message}");
    }
    let (status, _) = server.call(Method::DELETE, &of(MODEL, "pull"), None).await;
    assert_eq!(
        status,
        StatusCode::NO_CONTENT,
        "nothing to cancel is no error"
    );
    server.stop();
}

#[tokio::test]
async fn a_verification_tells_scores_and_files_that_differ() {
    let verify = format!("/api/v1/models/{MODEL}/verify");
    let cases = [
        (golden(3.0), "different", 2),
        (String::new(), "no_golden_pairs", 0),
    ];
    for (golden, verdict, checks) in cases {
        let folder = folder("http://127.0.0.1:9", &entry(MODEL, &golden));
        install(folder.path());
        let server = offline(folder.path()).await;
        let verified = server.post(&verify, json!({})).await;
        assert_eq!(verified["verdict"], verdict, "{verified}");
        assert_eq!(verified["device"], "cpu", "{verified}");
        let got = verified["checks"].as_array().expect("checks");
        assert!(
            got.len() == checks && got.iter().all(|check| check["ok"] == json!(false)),
            "{verified}"
        );

        let file = folder.path().join("models").join(MODEL).join(FILE);
        std::fs::write(file, "<!doctype html>").expect("written");
        let verified = server.post(&verify, json!({})).await;
        assert_eq!(verified["verdict"], "different", "{verified}");
        let problem = verified["files"][0]["problem"].as_str().expect("text");
        assert!(problem.contains("web page"), "{problem}");
        server.stop();
    }
}

#[tokio::test]
async fn a_model_of_another_server_is_listed_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = "[chat]\nmodel = \"far-away\"\nbase_url = \"http://127.0.0.1:9/v1\"\n";
    std::fs::write(folder.path().join("riddle.toml"), config).expect("written");
    let server = offline(folder.path()).await;
    let model = loop {
        let library = server.get("/api/v1/models").await;
        let models = library["models"].as_array().expect("models");
        if let Some(found) = models.iter().find(|model| model["name"] == "far-away") {
            break found.clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(
        (&model["role"], &model["state"]),
        (&json!("chat"), &json!("installed"))
    );
    assert_eq!(
        (&model["loaded"], &model["license"]),
        (&json!(true), &Value::Null)
    );
    server.stop();
}

#[tokio::test]
async fn the_system_says_what_it_takes() {
    let folder = folder("http://127.0.0.1:9", &entry(MODEL, ""));
    install(folder.path());
    let server = offline(folder.path()).await;
    server.create("kb").await;
    let text = "The boat leaves at seven from pier nine.";
    server.add_text("kb", "boat.txt", text, json!({})).await;
    server.settle().await;
    let system = server.get("/api/v1/system").await;
    assert_eq!(system["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(system["offline"], json!(true));
    assert_eq!(
        system["data_folder"],
        json!(folder.path().display().to_string())
    );
    let models = folder.path().join("models").display().to_string();
    assert_eq!(system["models_folder"], json!(models));
    let bytes = |section: &str, key: &str| {
        let found = system[section][key].as_u64();
        found.unwrap_or_else(|| panic!("no {section}.{key} in {system}"))
    };
    assert_eq!(bytes("storage", "documents_bytes"), text.len() as u64);
    assert!(bytes("storage", "models_bytes") >= weights().len() as u64);
    for key in ["database_bytes", "indexes_bytes", "free_bytes"] {
        assert!(bytes("storage", key) > 0, "{key}");
    }
    let resident = bytes("memory", "resident_bytes");
    assert!(resident > 1_000_000 && resident < bytes("memory", "total_bytes"));
    assert!(bytes("cpu", "cores") >= 1);
    assert_eq!(system["queue"]["pending_documents"], json!(0));
    assert_eq!(system["compute"]["device"], "cpu");
    server.stop();
}
