//! Models without an entry in the catalogue: added from a folder, and from hubs of the tests' own, one of which answers
//! as ModelScope does.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use riddle_testkit::hub::{Hub, Reply, Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{riddle, root};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

fn tiny() -> PathBuf {
    root().join("crates/riddle-models/tests/data/tiny/bert")
}

pub(crate) fn content(file: &str) -> Vec<u8> {
    std::fs::read(tiny().join(file)).expect("committed")
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A data folder whose configuration names this hub.
pub(crate) fn data_dir(folder: &Path, hub: &str) -> PathBuf {
    let data = folder.join("data");
    std::fs::create_dir_all(&data).expect("a folder");
    let config = format!("[models]\nhub_endpoint = {hub:?}\nmodelscope_endpoint = {hub:?}\n");
    std::fs::write(data.join("riddle.toml"), config).expect("written");
    data
}

pub(crate) async fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = riddle(data);
    command
        .env_remove("RIDDLE_OFFLINE")
        .arg("--models-dir")
        .arg(data.join("models"))
        .arg("models")
        .args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.expect("it runs").expect("the binary runs")
}

pub(crate) fn said(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}\n{errors}"))
}

/// What a command says that fails.
fn failure(output: &Output) -> String {
    assert!(
        !output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What is in the folder of models, locks aside.
pub(crate) fn left(data: &Path) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(data.join("models")) else {
        return Vec::new();
    };
    let names = found.map(|found| found.expect("readable").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        // What was opened without harm is noted, wherever it lies.
        .filter(|name| ![".opened.json", ".added.lock"].contains(&name.as_str()))
        .collect()
}

#[tokio::test]
async fn a_folder_is_added_listed_verified_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), "http://hub.invalid");
    let mine = folder.path().join("My Ranker");
    std::fs::create_dir(&mine).expect("a folder");
    for file in FILES {
        std::fs::copy(tiny().join(file), mine.join(file)).expect("copied");
    }
    let path = mine.to_str().expect("text");
    let looked = said(&run(&data, &["add", path, "--look", "--json"]).await);
    assert_eq!(
        (&looked["role"], &looked["here"]),
        (&json!("reranker"), &json!(false))
    );
    assert!(left(&data).is_empty());
    let added = said(&run(&data, &["add", path, "--json"]).await);
    assert_eq!(
        (&added["name"], &added["here"]),
        (&json!("my-ranker"), &json!(true))
    );
    let listed = said(&run(&data, &["list", "--json"]).await);
    let listed = listed.as_array().expect("models");
    let found = listed
        .iter()
        .find(|model| model["name"] == "my-ranker")
        .expect("listed");
    assert_eq!(found["here"], json!(true));
    assert_eq!(found["languages"], json!("unknown"));
    let verified = said(&run(&data, &["verify", "my-ranker", "--json"]).await);
    assert_eq!(verified["ok"], json!(true));
    let removed = said(&run(&data, &["remove", "my-ranker", "--json"]).await);
    assert_eq!(removed["removed"], json!(true));
    assert_eq!(left(&data), ["added.toml"]);
    let again = failure(&run(&data, &["remove", "my-ranker"]).await);
    assert!(again.contains("there is no model `my-ranker`"), "{again}");
    let other = failure(&run(&data, &["remove", "bge-m3"]).await);
    assert!(other.contains("is of the catalogue"), "{other}");
    let taken = failure(&run(&data, &["add", path, "--name", "bge-m3"]).await);
    assert!(taken.contains("--name"), "{taken}");
}

/// Nothing but the graph and its tokenizer, as exports often are.
#[tokio::test]
async fn a_graph_without_a_configuration_is_added_by_what_it_is_said_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), "http://hub.invalid");
    let bare = folder.path().join("bare");
    std::fs::create_dir(&bare).expect("a folder");
    let export = root().join("crates/riddle-models/tests/data/foreign-onnx/one-label");
    for file in ["model.onnx", "tokenizer.json"] {
        std::fs::copy(export.join(file), bare.join(file)).expect("copied");
    }
    let path = bare.to_str().expect("text");
    let refused = failure(&run(&data, &["add", path]).await);
    assert!(
        refused.contains("model.onnx alone does not say") && refused.contains("--role reranker"),
        "{refused}"
    );
    assert!(left(&data).is_empty());
    let asked = ["add", path, "--role", "reranker", "--json"];
    let added = said(&run(&data, &asked).await);
    assert_eq!(
        (&added["role"], &added["format"], &added["here"]),
        (&json!("reranker"), &json!("onnx"), &json!(true))
    );
    let verified = said(&run(&data, &["verify", "bare", "--json"]).await);
    assert_eq!(verified["ok"], json!(true));
}

#[tokio::test]
async fn links_of_a_hub_s_cache_are_followed_and_others_are_not() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), "http://hub.invalid");
    let cached = folder.path().join("models--owner--tiny");
    let snapshot = cached.join("snapshots").join(COMMIT);
    for folder in [&snapshot, &cached.join("blobs"), &cached.join("refs")] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    std::fs::write(cached.join("refs/main"), COMMIT).expect("written");
    for file in FILES {
        std::fs::copy(tiny().join(file), cached.join("blobs").join(file)).expect("copied");
        symlink(format!("../../blobs/{file}"), snapshot.join(file)).expect("a link");
    }
    for path in [&cached, &snapshot] {
        let path = path.to_str().expect("text");
        let looked = said(&run(&data, &["add", path, "--look", "--json"]).await);
        assert_eq!(looked["name"], json!("tiny"));
    }
    let added = said(&run(&data, &["add", cached.to_str().expect("text"), "--json"]).await);
    assert_eq!(added["here"], json!(true));
    symlink("/etc/hostname", snapshot.join("README.md")).expect("a link");
    let refused = failure(&run(&data, &["add", snapshot.to_str().expect("text")]).await);
    assert!(
        refused.contains("README.md") && refused.contains("outside of the folder"),
        "{refused}"
    );
}

/// The list of files as Hugging Face gives it.
pub(crate) fn hugging_face(request: &Request, weights_hash: &str) -> Reply {
    let listed = "/api/models/owner/tiny/revision/main?blobs=true";
    if request.path == listed {
        let sibling = |file: &str| {
            let size = content(file).len();
            match file {
                "model.safetensors" => {
                    json!({"rfilename": file, "size": size, "lfs": {"sha256": weights_hash, "size": size}})
                }
                _ => json!({"rfilename": file, "size": size}),
            }
        };
        let siblings = FILES.map(sibling);
        let body = json!({"id": "owner/tiny", "sha": COMMIT, "gated": false, "siblings": siblings});
        return Reply::file(request, body.to_string().as_bytes(), "list");
    }
    match request
        .path
        .strip_prefix(&format!("/owner/tiny/resolve/{COMMIT}/"))
    {
        Some(file) if FILES.contains(&file) => Reply::file(request, &content(file), file),
        _ => Reply::status(404),
    }
}

#[tokio::test]
async fn a_repository_is_looked_into_before_it_is_downloaded() {
    let hash = sha256(&content("model.safetensors"));
    let hub = Hub::start(move |request, _| hugging_face(request, &hash)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let looked = said(&run(&data, &["add", "owner/tiny", "--look", "--json"]).await);
    assert_eq!(looked["memory_mb"], json!(100));
    let asked = |end: &str| {
        hub.requests()
            .iter()
            .filter(|request| request.path.ends_with(end))
            .count()
    };
    assert_eq!(
        (asked("model.safetensors"), asked("tokenizer.json")),
        (0, 0)
    );
    let added = said(&run(&data, &["add", "owner/tiny", "--json"]).await);
    assert_eq!(added["here"], json!(true));
    let listed = said(&run(&data, &["list", "--json"]).await);
    let listed = listed.as_array().expect("models");
    let found = listed
        .iter()
        .find(|model| model["name"] == "tiny")
        .expect("listed");
    assert_eq!(
        found["sources"],
        json!([format!("hub repository owner/tiny@{COMMIT}")])
    );
    let text = std::fs::read_to_string(data.join("models/added.toml")).expect("written");
    assert!(
        text.contains(&sha256(&content("model.safetensors"))),
        "{text}"
    );
}

/// The commands write to the disk of the server that may run beside them.
#[tokio::test]
async fn what_is_kept_free_of_the_disk_is_not_filled_with_a_model() {
    let hash = sha256(&content("model.safetensors"));
    let hub = Hub::start(move |request, _| hugging_face(request, &hash)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let settings = std::fs::read_to_string(data.join("riddle.toml")).expect("written");
    let keep = |reserve: &str| {
        let settings = format!("{settings}[storage]\nreserve = {reserve:?}\n");
        std::fs::write(data.join("riddle.toml"), settings).expect("written");
    };
    let weights = data.join("models/tiny/model.safetensors");
    keep("1000000GiB");
    let refused = failure(&run(&data, &["add", "owner/tiny"]).await);
    assert!(refused.contains("are kept for the server"), "{refused}");
    assert!(left(&data).is_empty(), "{:?}", left(&data));
    keep("0");
    said(&run(&data, &["add", "owner/tiny", "--json"]).await);
    std::fs::remove_dir_all(data.join("models/tiny")).expect("removed");
    keep("1000000GiB");
    let refused = failure(&run(&data, &["pull", "tiny"]).await);
    assert!(refused.contains("are kept for the server"), "{refused}");
    assert!(!weights.exists(), "{:?}", left(&data));
    keep("0");
    let pulled = said(&run(&data, &["pull", "tiny", "--json"]).await);
    assert_eq!(pulled["already_here"], json!(false));
}

#[tokio::test]
async fn modelscope_answers_in_its_own_way() {
    let hub = Hub::start(|request, _| {
        if request.path == "/api/v1/models/iic/tiny/repo/files?Revision=master&Recursive=true" {
            let files = FILES.map(|file| {
                let bytes = content(file);
                json!({"Name": file, "Path": file, "Type": "blob", "Size": bytes.len(), "Sha256": sha256(&bytes)})
            });
            let mut files = files.to_vec();
            files.push(json!({"Name": "onnx", "Path": "onnx", "Type": "tree", "Size": 0, "Sha256": ""}));
            let body = json!({"Code": 200, "Success": true, "Message": "success", "Data": {"Files": files}});
            return Reply::file(request, body.to_string().as_bytes(), "list");
        }
        match request.path.strip_prefix("/models/iic/tiny/resolve/master/") {
            Some(file) if FILES.contains(&file) => Reply::file(request, &content(file), file),
            _ => {
                let body = json!({"Code": 10_010_205_001_u64, "Success": false, "Message": "record not found", "Data": null});
                Reply {
                    status: 404,
                    ..Reply::file(request, body.to_string().as_bytes(), "none")
                }
            }
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let added = said(
        &run(
            &data,
            &["add", "iic/tiny", "--source", "modelscope", "--json"],
        )
        .await,
    );
    assert_eq!(added["here"], json!(true));
    let text = std::fs::read_to_string(data.join("models/added.toml")).expect("written");
    assert!(text.contains("kind = \"modelscope\""), "{text}");
    // The configuration may say so too, and the model may be fetched anew.
    std::fs::remove_dir_all(data.join("models/tiny")).expect("removed");
    let pulled = said(&run(&data, &["pull", "tiny", "--json"]).await);
    assert_eq!(pulled["already_here"], json!(false));
    let missing = failure(&run(&data, &["add", "https://modelscope.cn/models/iic/none"]).await);
    assert!(missing.contains("there is no such repository"), "{missing}");
}

#[tokio::test]
async fn what_fails_says_what_to_do_and_leaves_nothing() {
    let hub = Hub::start(|request, _| {
        if request.path.contains("/owner/closed/") {
            return Reply::status(401);
        }
        // Another file than the one that is announced.
        hugging_face(request, &sha256(b"another file"))
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    for (what, expected) in [
        ("owner/none", "there is no such repository"),
        ("owner/closed", "set a hub token"),
        ("owner/tiny", "SHA-256"),
        ("name", "owner/name"),
        ("BAAI/bge-m3", "riddle models pull bge-m3"),
    ] {
        let refused = failure(&run(&data, &["add", what]).await);
        assert!(refused.contains(expected), "{what}: {refused}");
        assert!(left(&data).is_empty(), "{what}: {:?}", left(&data));
    }
    let damaged = folder.path().join("damaged");
    std::fs::create_dir(&damaged).expect("a folder");
    for file in FILES {
        let bytes = content(file);
        let end = if file == "model.safetensors" {
            bytes.len() / 2
        } else {
            bytes.len()
        };
        std::fs::write(damaged.join(file), &bytes[..end]).expect("written");
    }
    let path = damaged.to_str().expect("text");
    let refused = failure(&run(&data, &["add", path]).await);
    assert!(refused.contains("is truncated"), "{refused}");
    assert!(left(&data).is_empty(), "{:?}", left(&data));
    // Sound as a file, but of fewer layers than its configuration says.
    let mut config: Value = serde_json::from_slice(&content("config.json")).expect("JSON");
    config["num_hidden_layers"] = json!(5);
    std::fs::write(damaged.join("config.json"), config.to_string()).expect("written");
    std::fs::copy(
        tiny().join("model.safetensors"),
        damaged.join("model.safetensors"),
    )
    .expect("copied");
    let refused = failure(&run(&data, &["add", path]).await);
    assert!(
        refused.contains("encoder.layer.2") && refused.contains("cannot be run"),
        "{refused}"
    );
    assert!(left(&data).is_empty(), "{:?}", left(&data));

    // Where a good one has the name, it stays as it was.
    let good = tiny();
    let good = good.to_str().expect("text");
    said(&run(&data, &["add", good, "--name", "mine", "--json"]).await);
    let refused = failure(&run(&data, &["add", path, "--name", "mine"]).await);
    assert!(refused.contains("cannot be run"), "{refused}");
    said(&run(&data, &["verify", "mine", "--json"]).await);
    assert!(!left(&data).iter().any(|name| name.contains(".before")));
    // A name that means the list of added models.
    let refused = failure(&run(&data, &["add", good, "--name", "added.toml"]).await);
    assert!(refused.contains(".toml"), "{refused}");
    said(&run(&data, &["verify", "mine", "--json"]).await);
}

/// A repository of these files, whatever is in them besides `config.json`.
pub(crate) fn repository_of(request: &Request, name: &str, files: &[&str]) -> Option<Reply> {
    if request.path == format!("/api/models/owner/{name}/revision/main?blobs=true") {
        let siblings: Vec<Value> = files
            .iter()
            .map(|file| json!({"rfilename": file, "size": 4_000}))
            .collect();
        let body = json!({"id": format!("owner/{name}"), "sha": COMMIT, "gated": false, "siblings": siblings});
        return Some(Reply::file(request, body.to_string().as_bytes(), "list"));
    }
    let config = format!("/owner/{name}/resolve/{COMMIT}/config.json");
    (request.path == config).then(|| Reply::file(request, &content("config.json"), "config"))
}

#[tokio::test]
async fn a_repository_without_weights_that_can_run_is_refused_with_the_reason() {
    let hub = Hub::start(|request, _| {
        let torch = ["config.json", "tokenizer.json", "pytorch_model.bin"];
        let flax = ["config.json", "tokenizer.json", "flax_model.msgpack"];
        repository_of(request, "torch", &torch)
            .or_else(|| repository_of(request, "flax", &flax))
            .or_else(|| repository_of(request, "none", &["notes.txt"]))
            .unwrap_or_else(|| Reply::status(404))
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    for (what, expected) in [
        ("owner/torch", "can run code when it is read"),
        ("owner/flax", "flax_model.msgpack cannot be run"),
        ("owner/none", "config.json"),
    ] {
        let refused = failure(&run(&data, &["add", what]).await);
        assert!(refused.contains(expected), "{what}: {refused}");
        assert!(left(&data).is_empty(), "{what}: {:?}", left(&data));
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_half_way_goes_on_from_there() {
    let hash = sha256(&content("model.safetensors"));
    let hub = Hub::start(move |request, _| {
        let reply = hugging_face(request, &hash);
        let is_weights = request.path.ends_with("model.safetensors");
        let resumed = request.headers.contains_key("range");
        let half = reply.body.len() / 2;
        Reply {
            drop_after: (is_weights && !resumed).then_some(half),
            ..reply
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let added = said(&run(&data, &["add", "owner/tiny", "--json"]).await);
    assert_eq!(
        added["here"],
        json!(true),
        "what breaks off goes on by itself"
    );
    let resumed = |request: &Request| request.headers.contains_key("range");
    assert!(hub.requests().iter().any(resumed));
}

/// The configuration of the tests' model with one value changed.
fn config_with(key: &str, value: Value) -> Vec<u8> {
    let mut config: Value = serde_json::from_slice(&content("config.json")).expect("JSON");
    config[key] = value;
    config.to_string().into_bytes()
}

#[tokio::test]
async fn what_has_come_of_another_repository_is_not_kept() {
    let hash = sha256(&content("model.safetensors"));
    let others = config_with("_name_or_path", json!("other/tiny"));
    let given = others.clone();
    let hub = Hub::start(move |request, _| {
        let is_other = request.path.contains("other/tiny/");
        match request.path.rsplit('/').next() {
            Some("config.json") if is_other => Reply::file(request, &given, "other"),
            Some("model.safetensors") if !is_other => Reply::status(404),
            _ => {
                let path = request.path.replace("other/tiny/", "owner/tiny/");
                let request = Request {
                    path,
                    ..request.clone()
                };
                hugging_face(&request, &hash)
            }
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    let config = data.join("models/tiny/config.json");
    failure(&run(&data, &["add", "owner/tiny"]).await);
    assert_eq!(
        std::fs::read(&config).expect("it came before"),
        content("config.json")
    );
    let added = said(&run(&data, &["add", "other/tiny", "--json"]).await);
    assert_eq!(added["here"], json!(true));
    assert_eq!(std::fs::read(&config).expect("it is here"), others);
    let manifest = std::fs::read_to_string(data.join("models/tiny/manifest.json"));
    let manifest = manifest.expect("it is here");
    assert!(!manifest.contains("owner/tiny@"), "{manifest}");
}

#[tokio::test]
async fn a_resumed_model_that_does_not_work_leaves_nothing() {
    let hash = sha256(&content("model.safetensors"));
    // More layers than there are weights for.
    let broken = config_with("num_hidden_layers", json!(5));
    let asked = AtomicUsize::new(0);
    let hub = Hub::start(move |request, _| match request.path.rsplit('/').next() {
        Some("config.json") => Reply::file(request, &broken, "config"),
        Some("model.safetensors") if asked.fetch_add(1, Ordering::SeqCst) == 0 => {
            Reply::status(404)
        }
        _ => hugging_face(request, &hash),
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = data_dir(folder.path(), &hub.address);
    failure(&run(&data, &["add", "owner/tiny"]).await);
    assert_eq!(left(&data), ["tiny"], "it can be resumed");
    let refused = failure(&run(&data, &["add", "owner/tiny"]).await);
    assert!(refused.contains("cannot be run"), "{refused}");
    assert!(left(&data).is_empty(), "{:?}", left(&data));
}
