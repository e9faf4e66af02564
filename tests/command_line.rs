//! The commands, with a server on the data folder and without.

use std::path::Path;
use std::process::Output;

use riddle_test_support::variable;
use serde_json::Value;

use crate::support::{Server, riddle};

/// What the native engine may use.
const INSTRUCTIONS: [&str; 5] = ["avx512-bf16", "avx512", "avx-vnni", "avx2", "portable"];

fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    riddle(data_dir)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{error}: {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    })
}

fn write_documents(folder: &Path) {
    std::fs::create_dir_all(folder.join("sub")).expect("folders");
    std::fs::write(
        folder.join("keys.md"),
        "# Keys\n\nThe spare key hangs behind the red door.\n",
    )
    .expect("a file");
    std::fs::write(
        folder.join("sub/boat.txt"),
        "The boat leaves at seven from pier nine.",
    )
    .expect("a file");
    std::fs::write(folder.join("empty.txt"), "").expect("a file");
}

#[test]
fn commands_work_without_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    work(&folder.path().join("data"), &documents);
}

#[tokio::test]
async fn commands_work_beside_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    let data_dir = folder.path().join("data");
    std::fs::create_dir_all(&data_dir).expect("a folder");
    let server = Server::start(&data_dir).await;
    let second = run(&data_dir, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(
        second.status.code(),
        Some(1),
        "a second process never opens the stores"
    );
    assert!(String::from_utf8_lossy(&second.stderr).contains("already runs"));
    let arguments = (data_dir.clone(), documents.clone());
    tokio::task::spawn_blocking(move || work(&arguments.0, &arguments.1))
        .await
        .expect("works");
    server.stop();
}

fn work(data_dir: &Path, documents: &Path) {
    let folder = documents.to_str().expect("UTF-8");
    let ingested = run(
        data_dir,
        &["ingest", "kb", folder, "--metadata", "team=sea", "--json"],
    );
    assert_eq!(
        ingested.status.code(),
        Some(5),
        "one of three files is empty"
    );
    let report = json(&ingested);
    assert_eq!(report["created"], 3, "{report}");
    assert_eq!(
        report["failed"][0]["failure"]["code"], "no_text",
        "{report}"
    );

    let again = json(&run(
        data_dir,
        &["ingest", "kb", folder, "--metadata", "team=sea", "--json"],
    ));
    assert_eq!(again["created"], 0, "{again}");

    let found = json(&run(
        data_dir,
        &["search", "kb", "where is the spare key?", "--json"],
    ));
    assert_eq!(
        found["hits"][0]["document"]["name"], "documents/keys.md",
        "{found}"
    );
    let filtered = json(&run(
        data_dir,
        &[
            "search",
            "kb",
            "key",
            "--filter",
            r#"{"team": "land"}"#,
            "--json",
        ],
    ));
    assert_eq!(filtered["hits"], serde_json::json!([]));

    answer(data_dir);
    set_examples(data_dir);
    set_fusion(data_dir);
    manage(data_dir);
}

/// Answers and compares.
fn answer(data_dir: &Path) {
    let asked = run(data_dir, &["ask", "kb", "When does the boat leave?"]);
    let text = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    assert!(
        text.contains("seven") && text.contains("[1]") && text.contains("boat.txt"),
        "{text}"
    );

    let compared = json(&run(
        data_dir,
        &["compare", "kb", "When does the boat leave?", "--json"],
    ));
    assert!(compared["total_ratio"].as_f64() > Some(0.0), "{compared}");
}

/// Gives the knowledge base questions of its own.
fn set_examples(data_dir: &Path) {
    let questions = data_dir.join("questions.txt");
    std::fs::write(
        &questions,
        "When does the boat leave?\n\n  Where is the spare key?\n",
    )
    .expect("a file");
    let file = questions.to_str().expect("UTF-8");
    let set = json(&run(
        data_dir,
        &["kb", "set", "kb", "--examples", file, "--json"],
    ));
    let own = serde_json::json!(["When does the boat leave?", "Where is the spare key?"]);
    assert_eq!(set["examples"], own, "{set}");
    let shown = run(data_dir, &["kb", "show", "kb"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("Where is the spare key?"), "{shown}");
    let absent = run(data_dir, &["kb", "set", "kb", "--examples", "absent.txt"]);
    let error = String::from_utf8_lossy(&absent.stderr).into_owned();
    assert!(
        !absent.status.success() && error.contains("absent.txt"),
        "{error}"
    );
}

/// Says how the hits of both retrievers become one list.
fn set_fusion(data_dir: &Path) {
    let set = |options: &[&str]| {
        let arguments = [&["kb", "set", "kb", "--json"], options].concat();
        json(&run(data_dir, &arguments))["retrieval"]["fusion"].clone()
    };
    let ranks = serde_json::json!({"method": "reciprocal_rank"});
    assert_eq!(set(&["--fusion", "reciprocal_rank"]), ranks);
    let weighted = serde_json::json!({"method": "weighted", "dense_weight": 0.75});
    assert_eq!(set(&["--dense-weight", "0.75"]), weighted);
    assert_eq!(set(&["--rerank-weight", "1"]), weighted, "the rest stays");
    for command in ["search", "ask", "compare"] {
        let with = |weight: &str| {
            let options = ["--fusion", "weighted", "--dense-weight", weight];
            run(
                data_dir,
                &[&[command, "kb", "the boat"], &options[..]].concat(),
            )
        };
        let (fits, refused) = (with("0.25"), with("1.5"));
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            fits.status.success(),
            "{}",
            String::from_utf8_lossy(&fits.stderr)
        );
        assert!(
            error.contains("`fusion.dense_weight`"),
            "{command}: {error}"
        );
    }
    let both = ["--fusion", "reciprocal_rank", "--dense-weight", "0.5"];
    let both = run(
        data_dir,
        &[&["search", "kb", "the boat"], &both[..]].concat(),
    );
    let error = String::from_utf8_lossy(&both.stderr).into_owned();
    assert!(
        !both.status.success() && error.contains("without a weight"),
        "{error}"
    );
}

/// Lists, examines, and fails as it should.
fn manage(data_dir: &Path) {
    let listed = json(&run(data_dir, &["kb", "list", "--json"]));
    assert_eq!(listed["knowledge_bases"][0]["name"], "kb", "{listed}");
    let failed = json(&run(
        data_dir,
        &["docs", "list", "kb", "--status", "failed", "--json"],
    ));
    assert_eq!(failed.as_array().map(Vec::len), Some(1), "{failed}");

    let root = ["docs", "list", "kb", "--folder", ""];
    let root = run(data_dir, &root);
    let root = String::from_utf8_lossy(&root.stdout).into_owned();
    assert_eq!(root, "documents/  3 documents\n");
    let below = json(&run(
        data_dir,
        &["docs", "list", "kb", "--folder", "documents", "--json"],
    ));
    assert_eq!(
        below["folders"],
        serde_json::json!([{"name": "documents/sub", "documents": 1}])
    );
    assert_eq!(below["documents"].as_array().map(Vec::len), Some(2));

    examine(data_dir);

    assert_eq!(
        run(data_dir, &["search", "none", "x"]).status.code(),
        Some(3)
    );
    assert_eq!(
        run(data_dir, &["search", "kb", "x", "--top-k", "0"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        run(data_dir, &["kb", "delete", "kb"]).status.code(),
        Some(2)
    );
    assert!(
        run(data_dir, &["kb", "delete", "kb", "--yes"])
            .status
            .success()
    );
}

/// What `riddle doctor` finds.
fn examine(data_dir: &Path) {
    let doctor = run(data_dir, &["doctor", "--json"]);
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stderr)
    );
    let checks = json(&doctor)["checks"].clone();
    let named = |name: &str| {
        let checks = checks.as_array().expect("a list").iter();
        checks
            .filter(|check| check["name"] == name)
            .cloned()
            .collect::<Vec<_>>()
    };
    for name in [
        "data folder",
        "free disk",
        "open files",
        "parser",
        "native engine",
        "ONNX Runtime",
        "models",
        "database",
        "vectors",
    ] {
        assert!(!named(name).is_empty(), "{name}: {checks}");
        for check in named(name) {
            assert_eq!(check["state"] == "ok", check["remedy"].is_null(), "{check}");
        }
    }
    let found = named("native engine")[0]["found"].clone();
    let set = found.as_str().and_then(|found| found.strip_prefix("uses "));
    assert!(
        set.is_some_and(|set| INSTRUCTIONS.contains(&set)),
        "{checks}"
    );
    let database = named("database")[0]["found"].clone();
    let kind = match variable("RIDDLE_TEST_DATABASE") {
        Some(_) => "PostgreSQL 1",
        None => "SQLite 3.",
    };
    let database = database.as_str().expect("a text");
    assert!(database.starts_with(kind), "{database}");
    assert!(
        database.contains(", schema ") && database.contains(" MiB, answers in "),
        "{database}"
    );
    assert_eq!(
        named("parser").len(),
        4,
        "three layers and what came of them: {checks}"
    );
    assert_eq!(
        json(&doctor)["audit"]["knowledge_bases"][0]["consistent"],
        true
    );
}

#[test]
fn a_rebuild_brings_lost_indexes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    let data_dir = folder.path().join("data");
    run(
        &data_dir,
        &["ingest", "kb", documents.to_str().expect("UTF-8")],
    );
    let rebuilt = run(&data_dir, &["doctor", "--rebuild", "--json"]);
    assert!(
        rebuilt.status.success(),
        "{}",
        String::from_utf8_lossy(&rebuilt.stderr)
    );
    let found = json(&run(&data_dir, &["search", "kb", "spare key", "--json"]));
    assert_eq!(
        found["hits"][0]["document"]["name"], "documents/keys.md",
        "{found}"
    );
}

#[test]
fn models_are_listed_and_broken_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let listed = json(&run(folder.path(), &["models", "list", "--json"]));
    let names: Vec<&str> = listed
        .as_array()
        .expect("models")
        .iter()
        .filter_map(|m| m["name"].as_str())
        .collect();
    for name in [
        "all-minilm-l6-v2",
        "multilingual-e5-small",
        "bge-m3",
        "bge-reranker-v2-m3",
        "qwen3-0.6b",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    // What is to be run next can be pasted, wherever the program lies.
    let unknown = run(folder.path(), &["models", "verify", "of-nobody-at-all"]);
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    let command = format!("`{} models list`", crate::support::RIDDLE);
    assert!(told.contains(&command), "{told}");
    let verified = run(
        folder.path(),
        &["models", "verify", "all-minilm-l6-v2", "--json"],
    );
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );

    let pulled = run(folder.path(), &["models", "pull", "bge-m3"]);
    assert_eq!(pulled.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&pulled.stderr).contains("offline"));

    let broken = folder.path().join("broken");
    std::fs::create_dir_all(&broken).expect("a folder");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90868376\n";
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        std::fs::write(broken.join(file), pointer).expect("a file");
    }
    let source = broken.to_str().expect("UTF-8");
    let models = folder.path().join("models");
    let imported = riddle(folder.path())
        .env("RIDDLE_MODELS_DIR", &models)
        .args(["models", "pull", "all-minilm-l6-v2", "--from", source])
        .output()
        .expect("runs");
    assert!(!imported.status.success());
    let error = String::from_utf8_lossy(&imported.stderr).to_lowercase();
    assert!(error.contains("lfs"), "{error}");
}

/// A model that comes from nowhere but a package registry.
const PACKAGE_ALONE: &str = r#"
[[model]]
name = "tiny"
role = "embedder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 1
memory_mb = 1
max_tokens = 8
languages = ["en"]
licence = "MIT"
dimensions = 4
pooling = "mean"
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
sources = [{ kind = "package", package = "tiny-model", version = "1.0", inside = "files" }]
"#;

#[test]
fn models_without_hashes_are_listed_as_not_pinned() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = folder.path().join("catalogue.toml");
    let hash = format!("\", sha256 = \"{}\" }}", "0".repeat(64));
    let pinned = PACKAGE_ALONE.replace("\" }", &hash);
    // The last of these is the source, which has no hash.
    let pinned = pinned.replace(&format!("\"files{hash}"), "\"files\" }");
    let pinned = pinned.replace("\"tiny\"", "\"sure\"");
    std::fs::write(&catalogue, format!("{PACKAGE_ALONE}{pinned}")).expect("writes");
    let data_dir = folder.path().join("data");
    std::fs::create_dir(&data_dir).expect("a folder");
    let named = format!("[models]\ncatalogue = {catalogue:?}\n");
    std::fs::write(data_dir.join("riddle.toml"), named).expect("writes");

    let listed = json(&run(&data_dir, &["models", "list", "--json"]));
    let told = run(&data_dir, &["models", "list"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    for (name, is_pinned) in [("tiny", false), ("sure", true)] {
        let models = listed.as_array().expect("models");
        let model = models.iter().find(|model| model["name"] == name);
        assert_eq!(model.expect("is listed")["pinned"], is_pinned, "{name}");
        let line = told
            .lines()
            .find(|line| line.contains(&format!(" {name} ")));
        let line = line.expect("is listed");
        assert_eq!(line.ends_with("  not pinned"), !is_pinned, "{line}");
    }
}

#[test]
fn pulling_a_package_runs_nothing_of_the_current_folder_and_hands_on_no_secrets() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().join("here");
    std::fs::create_dir(&here).expect("a folder");
    let ran = folder.path().join("ran");
    std::fs::write(here.join("pip.py"), format!("open({ran:?}, 'w')\n")).expect("writes");
    let data_dir = folder.path().join("data");
    std::fs::create_dir(&data_dir).expect("a folder");
    let catalogue = folder.path().join("catalogue.toml");
    std::fs::write(&catalogue, PACKAGE_ALONE).expect("writes");
    let named = format!("[models]\ncatalogue = {catalogue:?}\n");
    std::fs::write(data_dir.join("riddle.toml"), named).expect("writes");
    // What the child is given, from a program that stands for Python.
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    let python = programs.join("python3");
    let said = folder.path().join("said");
    std::fs::write(
        &python,
        format!("#!/bin/sh\nenv > {}\nexit 1\n", said.display()),
    )
    .expect("writes");
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).expect("sets");
    let pull = |path: Option<&Path>| {
        let mut command = riddle(&data_dir);
        command
            .current_dir(&here)
            .env("RIDDLE_API_KEY", "0123456789abcdef0123456789abcdef")
            .env("PYTHONPATH", &here)
            // Nobody listens there, and pip asks once.
            .env("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
            .env("PIP_RETRIES", "0")
            .env_remove("RIDDLE_OFFLINE")
            .args(["models", "pull", "tiny", "--models-dir"])
            .arg(folder.path().join("models"));
        if let Some(path) = path {
            command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
        }
        command.output().expect("the binary runs")
    };
    let real = pull(None);
    assert!(!real.status.success());
    assert!(!ran.exists(), "it ran pip.py of the current folder");
    pull(Some(&programs));
    let said = std::fs::read_to_string(&said).expect("the program ran");
    assert!(
        said.contains("PIP_INDEX_URL=http://127.0.0.1:9/simple"),
        "{said}"
    );
    for hidden in ["RIDDLE", "PYTHONPATH", "0123456789abcdef"] {
        assert!(!said.contains(hidden), "{hidden}: {said}");
    }
}

#[test]
fn a_model_file_that_was_not_begun_to_be_read_is_told_from_one_that_is_unsound() {
    let folder = tempfile::tempdir().expect("a folder");
    let unsound = folder.path().join("config.json");
    std::fs::write(&unsound, "{").expect("written");
    let open = |kind: &str, file: &Path| {
        let output = riddle(folder.path())
            .args(["open-model-file", "--library", "none", kind])
            .arg(file)
            .output();
        let output = output.expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = open("json", &unsound);
    assert_eq!(code, Some(0), "{said}");
    let held: Value = serde_json::from_str(&said).expect("a line of JSON");
    assert!(held["seccomp"]["state"].is_string(), "{held}");
    for (kind, file) in [
        ("json", folder.path().join("absent.json")),
        ("unheard-of", unsound),
    ] {
        assert_eq!(open(kind, &file), (Some(3), String::new()), "{kind}");
    }
}

#[test]
fn a_hub_behind_a_proxy_cannot_send_a_download_inside() {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::channel;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (told, requests) = channel();
    // A proxy, as which it is asked for the hub; and the place inside, to which it redirects.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a clone")).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            for line in lines.map_while(Result::ok) {
                if line.is_empty() {
                    break;
                }
            }
            let _ = told.send(first);
            let reply = format!(
                "HTTP/1.1 302 Found\r\nlocation: http://{address}/secret\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    std::fs::create_dir(&data_dir).expect("a folder");
    let catalogue = folder.path().join("catalogue.toml");
    let source = r#"sources = [{ kind = "hub", repo = "a/tiny", revision = "1" }]"#;
    let at = PACKAGE_ALONE.find("sources").expect("it has sources");
    std::fs::write(&catalogue, format!("{}{source}\n", &PACKAGE_ALONE[..at])).expect("writes");
    let settings =
        format!("[models]\ncatalogue = {catalogue:?}\nhub_endpoint = \"http://hub.invalid\"\n");
    std::fs::write(data_dir.join("riddle.toml"), settings).expect("writes");
    let pulled = riddle(&data_dir)
        .env_remove("RIDDLE_OFFLINE")
        .env("http_proxy", format!("http://{address}"))
        .env("no_proxy", "127.0.0.1")
        .args(["models", "pull", "tiny", "--models-dir"])
        .arg(folder.path().join("models"))
        .output()
        .expect("the binary runs");
    let words = String::from_utf8_lossy(&pulled.stderr).into_owned();
    assert!(!pulled.status.success());
    assert!(words.contains("private or local address"), "{words}");
    let requests: Vec<String> = requests.try_iter().collect();
    assert!(requests[0].contains("http://hub.invalid/"), "{requests:?}");
    assert!(
        !requests.iter().any(|request| request.contains("secret")),
        "{requests:?}"
    );
}

#[test]
fn an_ingestion_tells_what_to_know_about_a_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    std::fs::create_dir(&documents).expect("a folder");
    let page = [
        b"<html><head><meta charset=shift_jis></head><body><p>".as_slice(),
        // In Shift_JIS: the shop is open from eight in the morning to six in the afternoon.
        b"\x94\x84\x93\x58\x82\xcd\x8c\xdf\x91\x4f\x94\xaa\x8e\x9e\x82\xa9\x82\xe7\x8c\xdf\x8c\xe3\x98\x5a\x8e\x9e\x82\xdc\x82\xc5\x8a\x4a\x82\xa2\x82\xc4\x82\xa2\x82\xdc\x82\xb7\x81\x42\xff",
    ]
    .concat();
    std::fs::write(documents.join("hours.html"), page).expect("a file");
    std::fs::write(documents.join("sound.md"), "The boat leaves at nine.").expect("a file");
    let empty =
        "<title>Photos</title><body><img src=\"a.jpg\" alt=\"\"><script>let a = 1;</script></body>";
    std::fs::write(documents.join("photos.html"), empty).expect("a file");
    let documents = documents.to_str().expect("UTF-8");
    let data_dir = folder.path().join("data");
    let told = run(&data_dir, &["ingest", "kb", documents]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let warnings: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("warning "))
        .collect();
    let [warning] = warnings[..] else {
        panic!("{told}");
    };
    assert!(
        warning.starts_with("warning documents/hours.html: 1 character could not be decoded")
            && warning.ends_with("(unreadable_characters)"),
        "{warning}"
    );
    assert!(
        told.contains("failed documents/photos.html: ") && told.contains("(no_text)"),
        "{told}"
    );
    let report = json(&run(&data_dir, &["ingest", "kb", documents, "--json"]));
    assert_eq!(report["warned"][0]["warnings"][0]["count"], 1, "{report}");
}

#[test]
fn documents_are_read_again_and_programs_learn_which() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    write_documents(&documents);
    let documents = documents.to_str().expect("UTF-8");
    let data_dir = folder.path().join("data");
    // Returns when all that waits is done.
    let ingest = || run(&data_dir, &["ingest", "kb", documents]);
    ingest();
    let listed = json(&run(&data_dir, &["docs", "list", "kb", "--json"]));
    let listed = listed.as_array().expect("a list").iter();
    let mut ids: Vec<&str> = listed.filter_map(|d| d["id"].as_str()).collect();
    ids.sort_unstable();
    let one = json(&run(&data_dir, &["docs", "retry", ids[0], "--json"]));
    assert_eq!(one["id"], ids[0], "{one}");
    ingest();
    let all = json(&run(&data_dir, &["docs", "retry", "--all", "kb", "--json"]));
    let queued = all["queued"].as_array().expect("a list").iter();
    let mut queued: Vec<&str> = queued.filter_map(Value::as_str).collect();
    queued.sort_unstable();
    assert_eq!(queued, ids, "{all}");
    assert_eq!(all["left"], serde_json::json!([]));
}

#[test]
fn odd_names_do_not_end_an_ingestion() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = folder.path().join("documents");
    std::fs::create_dir(&documents).expect("a folder");
    let names = [
        "a.md",
        "b\nreak.md",
        "c\"quote\\.md",
        "c\"quote.md",
        "d;e=f.md",
        "g%0Ah.md",
        "手册.md",
        "z.md",
    ];
    for name in names {
        std::fs::write(documents.join(name), format!("The text of {name:?}.")).expect("a file");
    }
    let data_dir = folder.path().join("data");
    let documents = documents.to_str().expect("UTF-8");
    let ingested = run(&data_dir, &["ingest", "kb", documents, "--json"]);
    assert_eq!(ingested.status.code(), Some(0), "{ingested:?}");
    let report = json(&ingested);
    assert_eq!(report["created"], names.len() - 2, "{report}");
    let skipped = report["skipped"].as_array().expect("a list");
    let skipped: Vec<_> = skipped.iter().map(|one| &one["name"]).collect();
    assert_eq!(
        skipped,
        ["documents/b\\nreak.md", "documents/c\"quote\\.md"]
    );

    let listed = json(&run(&data_dir, &["docs", "list", "kb", "--json"]));
    let listed = listed.to_string();
    for name in ["c\\\"quote.md", "d;e=f.md", "g%0Ah.md", "手册.md"] {
        assert!(listed.contains(name), "{name} in {listed}");
    }
}

/// A stop that is asked for twice, and the exit code and log of the server that was held up.
async fn stop_twice(folder: &Path) -> (Option<i32>, String) {
    let log = folder.join("test.log");
    let server = Server::start(folder).await;
    // A request in work holds up a stop.
    let address = server.base.trim_start_matches("http://");
    let mut held = tokio::net::TcpStream::connect(address)
        .await
        .expect("connected");
    let half = b"POST /api/v1/audit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    tokio::io::AsyncWriteExt::write_all(&mut held, half)
        .await
        .expect("sent");
    // Answered after it, this proves that the server has the half request.
    server.get("/api/v1/health").await;
    server.signal("INT");
    while !std::fs::read_to_string(&log)
        .expect("a log")
        .contains("stopping; once more")
    {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    server.signal("INT");
    let code = server.exit_code();
    (code, std::fs::read_to_string(log).expect("a log"))
}

#[tokio::test]
async fn a_second_interrupt_ends_the_server_at_once() {
    // On a very busy machine the server may have stopped by itself before it is asked again.
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        let (code, log) = stop_twice(folder.path()).await;
        if code == Some(130) {
            assert!(log.contains("ended at once"), "{log}");
            return;
        }
    }
    panic!("the second interrupt changed nothing");
}
