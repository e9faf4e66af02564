//! Models without an entry in the catalogue, added through a server that runs.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use riddle_testkit::hub::{Hub, Reply, Request};
use serde_json::{Value, json};

use crate::adding::{
    COMMIT, FILES, content, data_dir, hugging_face, left, repository_of, run, said, sha256,
};
use crate::support::{Server, parse_events};

async fn online(data: &Path) -> Server {
    let models = data.join("models").display().to_string();
    Server::start_online(data, &["--models-dir", &models]).await
}

async fn look(server: &Server, body: Value) -> (StatusCode, Value) {
    server
        .call(Method::POST, "/api/v1/models/look", Some(body))
        .await
}

async fn add(server: &Server, body: Value) -> (StatusCode, Value) {
    server
        .call(Method::POST, "/api/v1/models", Some(body))
        .await
}

/// The last state of a download.
async fn end(server: &Server, name: &str) -> Value {
    let path = format!("/api/v1/models/{name}/events");
    let response = server.request(Method::GET, &path).send().await;
    let text = response
        .expect("the server answers")
        .text()
        .await
        .expect("it ends");
    let (_, data) = parse_events(&text).pop().expect("an event");
    serde_json::from_str(&data).expect("JSON")
}

async fn listed(server: &Server, name: &str) -> Value {
    let library = server.get("/api/v1/models").await;
    let models = library["models"].as_array().expect("models");
    let mut found = models.iter().filter(|model| model["name"] == name);
    let model = found.next().cloned().unwrap_or(Value::Null);
    assert!(found.next().is_none(), "{name} is listed twice");
    model
}

fn sound(request: &Request) -> Reply {
    hugging_face(request, &sha256(&content("model.safetensors")))
}

#[tokio::test]
async fn a_model_is_looked_at_added_followed_and_used_without_a_restart() {
    let hub = Hub::start(|request, _| sound(request)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let server = online(&data).await;
    let (status, found) = look(&server, json!({"model": "owner/tiny"})).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let size: usize = FILES.iter().map(|file| content(file).len()).sum();
    assert_eq!(found["bytes"], json!(size));
    assert_eq!(
        (&found["name"], &found["role"]),
        (&json!("tiny"), &json!("reranker"))
    );
    assert_eq!(
        found["source"],
        json!(format!("hub repository owner/tiny@{COMMIT}"))
    );
    assert_eq!(
        (&found["license"], &found["obstacle"]),
        (&json!("unknown"), &Value::Null)
    );
    assert_eq!(found["memory_bytes"], json!(100_000_000));
    assert!(
        found["assumed"].to_string().contains("licence is not told"),
        "{found}"
    );
    assert!(left(&data).is_empty(), "nothing is kept: {:?}", left(&data));
    assert_eq!(listed(&server, "tiny").await, Value::Null);

    let (status, added) = add(&server, json!({"model": "owner/tiny"})).await;
    assert_eq!(
        (status, &added["name"]),
        (StatusCode::ACCEPTED, &json!("tiny"))
    );
    assert_eq!(end(&server, "tiny").await["state"], "done");
    let installed = listed(&server, "tiny").await;
    assert_eq!(installed["state"], "installed");
    // Nothing tells its languages, so that it is suggested for none.
    assert_eq!(installed["languages"], json!([]));
    let path = "/api/v1/models/tiny/verify";
    let (status, verified) = server.call(Method::POST, path, None).await;
    assert_eq!(
        (status, &verified["verdict"]),
        (StatusCode::OK, &json!("no_golden_pairs"))
    );

    // Its name is taken now, and so is that of a model of the catalogue.
    let (_, again) = look(&server, json!({"model": "owner/tiny"})).await;
    assert!(
        again["obstacle"]
            .as_str()
            .expect("a sentence")
            .contains("was added already")
    );
    for body in [
        json!({"model": "owner/tiny"}),
        json!({"model": "owner/tiny", "name": "bge-m3"}),
    ] {
        let (status, error) = add(&server, body).await;
        assert_eq!(
            (status.as_u16(), &error["code"]),
            (422, &json!("model_refused")),
            "{error}"
        );
    }
    server.stop();
    let server = online(&data).await;
    assert_eq!(listed(&server, "tiny").await["state"], "installed");
}

#[tokio::test]
async fn what_cannot_be_added_says_why_and_leaves_nothing() {
    let hub = Hub::start(|request, _| {
        if request.path.contains("/owner/closed/") {
            return Reply::status(401);
        }
        let torch = ["config.json", "tokenizer.json", "pytorch_model.bin"];
        repository_of(request, "torch", &torch)
            .unwrap_or_else(|| hugging_face(request, &sha256(b"another file")))
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let server = online(&data).await;
    for (what, status, code, expected) in [
        (
            "owner/none",
            503,
            "model_unavailable",
            "there is no such repository",
        ),
        ("owner/closed", 503, "model_unavailable", "set a hub token"),
        ("owner/torch", 422, "model_refused", "can run code"),
        ("name", 422, "model_refused", "owner/name"),
        (
            "https://example.org/owner/name",
            422,
            "model_refused",
            "models.hub_endpoint",
        ),
        ("/etc/passwd", 422, "model_refused", "riddle models add"),
        ("../../../etc", 422, "model_refused", "riddle models add"),
        ("", 400, "invalid_request", "500"),
    ] {
        for route in ["/api/v1/models/look", "/api/v1/models"] {
            let body = json!({"model": what});
            let (got, error) = server.call(Method::POST, route, Some(body)).await;
            assert_eq!(
                (got.as_u16(), &error["code"]),
                (status, &json!(code)),
                "{what}: {error}"
            );
            let message = error["message"].as_str().expect("text");
            assert!(message.contains(expected), "{what}: {message}");
        }
    }
    // Another file than the one that is announced is found out when it has come.
    let (status, _) = add(&server, json!({"model": "owner/tiny"})).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let failed = end(&server, "tiny").await;
    assert_eq!(
        (&failed["state"], &failed["error"]["code"]),
        (&json!("failed"), &json!("bad_file"))
    );
    assert!(
        failed["error"]["message"].to_string().contains("SHA-256"),
        "{failed}"
    );
    assert!(left(&data).is_empty(), "{:?}", left(&data));
    assert_eq!(listed(&server, "tiny").await["state"], "absent");
    // What has failed does not keep its name from another try.
    let other = json!({"model": "owner/tiny", "role": "reranker"});
    let (status, again) = add(&server, other).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{again}");
    assert_eq!(end(&server, "tiny").await["state"], "failed");
}

#[tokio::test]
async fn a_model_that_was_removed_is_added_again_without_a_restart() {
    let hub = Hub::start(|request, _| sound(request)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let server = online(&data).await;
    let body = json!({"model": "owner/tiny"});
    add(&server, body.clone()).await;
    assert_eq!(end(&server, "tiny").await["state"], "done");
    let removed = said(&run(&data, &["remove", "tiny", "--json"]).await);
    assert_eq!(removed["removed"], json!(true));
    let (_, found) = look(&server, body.clone()).await;
    assert_eq!(found["obstacle"], Value::Null, "{found}");
    let (status, added) = add(&server, body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{added}");
    assert_eq!(end(&server, "tiny").await["state"], "done");
    assert_eq!(listed(&server, "tiny").await["state"], "installed");
}

#[tokio::test]
async fn a_model_that_does_not_work_leaves_nothing() {
    let hub = Hub::start(|request, _| {
        let config = format!("/owner/tiny/resolve/{COMMIT}/config.json");
        if request.path != config {
            return sound(request);
        }
        // More layers than there are weights for.
        let mut config: Value = serde_json::from_slice(&content("config.json")).expect("JSON");
        config["num_hidden_layers"] = json!(5);
        Reply::file(request, config.to_string().as_bytes(), "config")
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let server = online(&data).await;
    add(&server, json!({"model": "owner/tiny"})).await;
    let failed = end(&server, "tiny").await;
    assert_eq!(failed["error"]["code"], "model_refused", "{failed}");
    assert!(
        failed["error"]["message"]
            .to_string()
            .contains("cannot be run"),
        "{failed}"
    );
    assert!(left(&data).is_empty(), "{:?}", left(&data));
}

#[tokio::test]
async fn an_addition_is_cancelled_and_goes_on_where_it_stopped() {
    let hub = Hub::start(|request, _| {
        let resumed = request.headers.contains_key("range");
        let is_weights = request.path.ends_with("model.safetensors");
        Reply {
            stall_after: (is_weights && !resumed).then_some(1_000),
            ..sound(request)
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let server = online(&data).await;
    add(&server, json!({"model": "owner/tiny"})).await;
    loop {
        let model = listed(&server, "tiny").await;
        assert_eq!(model["state"], "downloading", "{model}");
        if model["download"]["done_bytes"] == json!(1_000) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let path = "/api/v1/models/tiny/pull";
    let (status, _) = server.call(Method::DELETE, path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let cancelled = listed(&server, "tiny").await;
    assert_eq!(
        (&cancelled["state"], &cancelled["download"]["state"]),
        (&json!("incomplete"), &json!("cancelled"))
    );
    let (status, _) = server.call(Method::POST, path, None).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(end(&server, "tiny").await["state"], "done");
    let resumed = |request: &Request| request.headers.contains_key("range");
    assert!(hub.requests().iter().any(resumed));
    assert_eq!(listed(&server, "tiny").await["state"], "installed");
}

#[tokio::test]
async fn offline_and_full_servers_add_nothing_and_say_what_to_do() {
    let hub = Hub::start(|request, _| sound(request)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let server = Server::start(&data).await;
    let (status, error) = look(&server, json!({"model": "owner/tiny"})).await;
    assert_eq!((status.as_u16(), &error["code"]), (409, &json!("offline")));
    assert!(
        error["message"]
            .to_string()
            .contains("riddle models add FOLDER"),
        "{error}"
    );
    assert!(hub.requests().is_empty());
    server.stop();

    let file = data.join("riddle.toml");
    let config = std::fs::read_to_string(&file).expect("written");
    let full = format!("{config}[storage]\nreserve = \"1000000GiB\"\n");
    std::fs::write(file, full).expect("written");
    let server = online(&data).await;
    let (status, error) = add(&server, json!({"model": "owner/tiny"})).await;
    assert_eq!(
        (status.as_u16(), &error["code"]),
        (507, &json!("disk_full")),
        "{error}"
    );
    assert!(left(&data).is_empty(), "{:?}", left(&data));
}

#[tokio::test]
async fn nobody_adds_a_model_without_the_key() {
    let hub = Hub::start(|request, _| sound(request)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let key = "0123456789abcdef0123456789abcdef";
    let file = folder.path().join("key");
    std::fs::write(&file, key).expect("written");
    let file = file.display().to_string();
    let server = Server::start_online(&data, &["--api-key-file", &file]).await;
    for route in ["/api/v1/models/look", "/api/v1/models"] {
        let body = Some(json!({"model": "owner/tiny"}));
        let (status, _) = server.call(Method::POST, route, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{route}");
    }
    assert!(hub.requests().is_empty());
    let server = server.with_key(key);
    let (status, _) = look(&server, json!({"model": "owner/tiny"})).await;
    assert_eq!(status, StatusCode::OK);
}
