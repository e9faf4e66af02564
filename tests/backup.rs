//! Backups of a real server: made while it works, restored after everything is gone, damaged, cut off.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, hit_names, riddle};

/// Runs of a command that are killed, each a little later than the one before.
const KILLS: u32 = 12;

fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    let output = riddle(data_dir)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    output.expect("the binary runs")
}

#[track_caller]
fn succeeds(data_dir: &Path, arguments: &[&str]) -> Value {
    let output = run(data_dir, &[arguments, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The error of a command that fails, and its exit code.
#[track_caller]
fn fails(data_dir: &Path, arguments: &[&str]) -> String {
    let output = run(data_dir, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in Unicode")
}

/// A folder that goes with the test, an empty data folder in it, and a place for backups where nothing is yet.
fn folders() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, backups) = (folder.path().join("data"), folder.path().join("backups"));
    std::fs::create_dir(&data).expect("a folder");
    (folder, data, backups)
}

/// Two documents, one of which has an edited and a disabled chunk; a chat; a setting.
async fn fill(server: &Server) {
    server.create("kb").await;
    let pier = "# Pier\n\nThe boat leaves at seven from pier nine.";
    let id = server
        .add_text("kb", "pier.md", pier, json!({"team": "harbour"}))
        .await;
    server
        .add_text(
            "kb",
            "garden.md",
            "# Garden\n\nApples ripen in autumn.",
            json!({}),
        )
        .await;
    server.settle().await;
    let chunks = server
        .get(&format!("/api/v1/documents/{id}/chunks?limit=5"))
        .await;
    let chunk = chunks["chunks"][0]["id"].as_str().expect("an id");
    let edit = json!({"text": "The ferry leaves at eight from pier nine."});
    let path = format!("/api/v1/chunks/{chunk}");
    let (status, edited) = server.call(Method::PATCH, &path, Some(edit)).await;
    assert!(status.is_success(), "{edited}");
    let chat = server
        .post(
            "/api/v1/chats",
            json!({"knowledge_bases": ["kb"], "title": "Boats"}),
        )
        .await;
    let path = format!(
        "/api/v1/chats/{}/messages",
        chat["id"].as_str().expect("an id")
    );
    server
        .events(&path, json!({"question": "When does the ferry leave?"}))
        .await;
    let (status, changed) = server
        .call(
            Method::PATCH,
            "/api/v1/knowledge-bases/kb",
            Some(json!({"description": "Harbour and garden"})),
        )
        .await;
    assert!(status.is_success(), "{changed}");
}

/// All that a user could miss.
async fn everything(server: &Server) -> Value {
    let mut kb = server.get("/api/v1/knowledge-bases/kb").await;
    let documents = server
        .get("/api/v1/knowledge-bases/kb/documents?limit=100")
        .await;
    let mut originals = Vec::new();
    let mut chunks = Vec::new();
    for document in documents["documents"].as_array().expect("documents") {
        let path = format!(
            "/api/v1/documents/{}",
            document["id"].as_str().expect("an id")
        );
        let original = server
            .request(Method::GET, &format!("{path}/content"))
            .send()
            .await
            .expect("answers");
        assert_eq!(original.status(), StatusCode::OK, "{document}");
        originals.push(original.text().await.expect("a text"));
        chunks.push(server.get(&format!("{path}/chunks?limit=100")).await);
    }
    let chats = server.get("/api/v1/chats").await;
    let mut whole = Vec::new();
    for chat in chats["chats"].as_array().expect("chats") {
        whole.push(
            server
                .get(&format!(
                    "/api/v1/chats/{}",
                    chat["id"].as_str().expect("an id")
                ))
                .await,
        );
    }
    let ferry = server
        .search("kb", json!({"query": "ferry at eight", "rerank": false}))
        .await;
    // Sizes on the disk are not part of what is kept.
    kb["storage"].take();
    json!({"kb": kb, "documents": documents, "originals": originals, "chunks": chunks, "chats": whole,
           "ferry": hit_names(&ferry)})
}

#[tokio::test]
async fn what_was_backed_up_while_the_server_ran_is_all_there_after_everything_is_gone() {
    let (_folder, data, backups) = folders();
    std::fs::write(data.join("riddle.toml"), "[limits]\nmax_upload_mib = 77\n").expect("a file");
    let server = Server::start(&data).await;
    fill(&server).await;
    let before = everything(&server).await;
    assert_eq!(before["ferry"][0], "pier.md", "{before}");
    let report = succeeds(&data, &["backup", text(&backups)]);
    assert_eq!(report["new_originals"], 2, "{report}");
    assert_eq!(report["manifest"]["chats"], 1, "{report}");
    server.stop();

    std::fs::remove_dir_all(&data).expect("removed");
    let restored = succeeds(&data, &["restore", text(&backups)]);
    assert_eq!(restored["manifest"]["documents"], 2, "{restored}");
    assert_eq!(restored["configuration"], true, "{restored}");
    let server = Server::start(&data).await;
    server.settle().await;
    assert_eq!(everything(&server).await, before);
    let audit = server
        .post("/api/v1/audit", json!({"originals": true}))
        .await;
    assert_eq!(audit["consistent"], true, "{audit}");
    server.stop();
}

#[tokio::test]
async fn backups_under_load_hold_whatever_was_accepted_before_them() {
    let (folder, data, backups) = folders();
    let server = Server::start(&data).await;
    server.create("kb").await;
    let mut accepted = Vec::new();
    for round in 0..3 {
        for number in 0..8 {
            let name = format!("{round}-{number}.md");
            let words = format!("Note {number} of round {round}. ").repeat(40);
            accepted.push((server.add_text("kb", &name, &words, json!({})).await, name));
        }
        if round == 1 {
            let (id, _) = accepted.remove(0);
            server
                .call(Method::DELETE, &format!("/api/v1/documents/{id}"), None)
                .await;
        }
        // Most of them wait or are in work.
        succeeds(&data, &["backup", text(&backups)]);
        let other = folder.path().join(format!("restored-{round}"));
        succeeds(&other, &["restore", text(&backups)]);
        let restored = Server::start(&other).await;
        restored.settle().await;
        let list = restored
            .get("/api/v1/knowledge-bases/kb/documents?status=ready&limit=100")
            .await;
        let names: Vec<_> = list["documents"]
            .as_array()
            .expect("documents")
            .iter()
            .map(|one| &one["name"])
            .collect();
        for (_, name) in &accepted {
            assert!(names.contains(&&json!(name)), "{name} of {names:?}");
        }
        assert_eq!(names.len(), accepted.len(), "{names:?}");
        restored.stop();
    }
    server.stop();
}

#[tokio::test]
async fn a_folder_of_backups_grows_by_what_is_new_and_older_ones_go() {
    let (folder, data, backups) = folders();
    let server = Server::start(&data).await;
    server.create("kb").await;
    let old = server
        .add_text("kb", "old.md", "The old one.", json!({}))
        .await;
    server
        .add_text("kb", "both.md", "The one in both.", json!({}))
        .await;
    server.settle().await;
    let first = succeeds(&data, &["backup", text(&backups)]);
    let path = format!("/api/v1/documents/{old}");
    assert_eq!(
        server.call(Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    server
        .add_text("kb", "new.md", "The new one.", json!({}))
        .await;
    server.settle().await;
    let second = succeeds(&data, &["backup", text(&backups)]);
    assert_eq!(second["new_originals"], 1, "{second}");
    server.stop();

    let first = PathBuf::from(first["backup"].as_str().expect("a folder"));
    let name = first
        .file_name()
        .expect("a name")
        .to_str()
        .expect("Unicode")
        .to_owned();
    let earlier = folder.path().join("earlier");
    succeeds(&earlier, &["restore", text(&backups), "--backup", &name]);
    let server = Server::start(&earlier).await;
    assert_eq!(server.document(&old).await["name"], "old.md");
    server.stop();

    // Without a server too.
    let third = succeeds(&data, &["backup", text(&backups), "--keep", "1"]);
    assert_eq!(
        third["removed"].as_array().map(Vec::len),
        Some(2),
        "{third}"
    );
    assert!(!first.exists());
    assert_eq!(
        std::fs::read_dir(backups.join("blobs"))
            .expect("originals")
            .count(),
        2
    );
    succeeds(&data, &["restore", text(&backups), "--check"]);
    let error = fails(
        &earlier.join("x"),
        &["restore", text(&backups), "--backup", &name],
    );
    assert!(error.contains("holds no backup"), "{error}");
}

#[tokio::test]
async fn a_backup_leaves_to_the_server_what_is_kept_free_of_its_disk() {
    let (_folder, data, backups) = folders();
    let server = Server::start(&data).await;
    server.create("kb").await;
    server.stop();
    let keep = |reserve: &str| {
        let settings = format!("[storage]\nreserve = {reserve:?}\n");
        std::fs::write(data.join("riddle.toml"), settings).expect("a file");
    };
    keep("1000000GiB");
    for to in [text(&backups), "-"] {
        let error = fails(&data, &["backup", to]);
        assert!(error.contains("are kept for the server"), "{to}: {error}");
    }
    keep("0");
    succeeds(&data, &["backup", text(&backups)]);
}

#[tokio::test]
async fn an_archive_is_restored_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let server = Server::start(&data).await;
    fill(&server).await;
    let before = everything(&server).await;
    let archive = folder.path().join("riddle.tar");
    let output = File::create(&archive).expect("a file");
    let status = riddle(&data)
        .args(["backup", "-"])
        .stdout(output)
        .stderr(Stdio::null())
        .status();
    assert!(status.expect("runs").success());
    server.stop();
    succeeds(&data, &["restore", text(&archive), "--check"]);

    let bytes = std::fs::read(&archive).expect("an archive");
    let other = folder.path().join("other");
    // Cut within the database, within an original, and between two of them.
    for length in [bytes.len() / 3, bytes.len() - 1_700, bytes.len() - 2_048] {
        let cut = folder.path().join("cut.tar");
        std::fs::write(&cut, &bytes[..length]).expect("written");
        fails(&other, &["restore", text(&cut)]);
        let error = fails(&other, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(error.contains("cut off"), "{length}: {error}");
        assert!(!other.join("riddle.db").exists());
    }
    let restored = riddle(&other)
        .args(["restore", "-"])
        .stdin(File::open(&archive).expect("an archive"))
        .output()
        .expect("runs");
    assert!(
        restored.status.success(),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
    let server = Server::start(&other).await;
    server.settle().await;
    assert_eq!(everything(&server).await, before);
    server.stop();

    let third = folder.path().join("third");
    for (content, says) in [
        (&b"no archive at all"[..], "archive"),
        (&[0; 2_048], "not whole"),
    ] {
        std::fs::write(&archive, content).expect("written");
        let error = fails(&third, &["restore", text(&archive)]);
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn damage_of_a_backup_is_found_and_named() {
    let (folder, data, backups) = folders();
    let server = Server::start(&data).await;
    fill(&server).await;
    server.stop();
    let report = succeeds(&data, &["backup", text(&backups)]);
    let original = std::fs::read_dir(backups.join("blobs"))
        .expect("originals")
        .next();
    let original = original.expect("one").expect("an entry").path();
    let sound = std::fs::read(&original).expect("bytes");
    std::fs::write(&original, "rotten").expect("written");

    let other = folder.path().join("other");
    for arguments in [
        &["restore", text(&backups), "--check"][..],
        &["restore", text(&backups)],
    ] {
        let error = fails(&other, arguments);
        assert!(
            error.contains("lost 1 of its 2") && error.contains("--allow-lost"),
            "{error}"
        );
    }
    let output = run(&other, &["restore", text(&backups), "--allow-lost"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let server = Server::start(&other).await;
    server.settle().await;
    let list = server
        .get("/api/v1/knowledge-bases/kb/documents?status=ready")
        .await;
    assert_eq!(list["total"], 2, "{list}");
    server.stop();

    // The next backup mends a length that is wrong.
    succeeds(&data, &["backup", text(&backups)]);
    assert_eq!(std::fs::read(&original).expect("bytes"), sound);
    succeeds(&data, &["restore", text(&backups), "--check"]);

    let backup = PathBuf::from(report["backup"].as_str().expect("a folder"));
    let name = backup
        .file_name()
        .expect("a name")
        .to_str()
        .expect("Unicode");
    let database = backup.join("riddle.db");
    let mut bytes = std::fs::read(&database).expect("a database");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&database, &bytes).expect("written");
    let error = fails(
        &folder.path().join("third"),
        &["restore", text(&backups), "--backup", name],
    );
    assert!(error.contains("damaged"), "{error}");

    let manifest = backup.join("manifest.json");
    let newer = std::fs::read_to_string(&manifest).expect("a manifest");
    let newer = newer.replace("\"schema\": ", "\"schema\": 9");
    std::fs::write(&manifest, newer).expect("written");
    let error = fails(
        &folder.path().join("third"),
        &["restore", text(&backups), "--backup", name],
    );
    assert!(error.contains("newer"), "{error}");
}

#[tokio::test]
async fn an_original_that_is_lost_already_is_told_and_the_rest_is_kept() {
    let (folder, data, backups) = folders();
    let server = Server::start(&data).await;
    fill(&server).await;
    server.stop();
    let original = std::fs::read_dir(data.join("blobs"))
        .expect("originals")
        .next();
    std::fs::remove_file(original.expect("one").expect("an entry").path()).expect("removed");
    let output = run(&data, &["backup", text(&backups)]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let archive = folder.path().join("riddle.tar");
    let output = File::create(&archive).expect("a file");
    let status = riddle(&data)
        .args(["backup", "-"])
        .stdout(output)
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.expect("runs").code(), Some(5));
    for (number, from) in [&backups, &archive].iter().enumerate() {
        // What was known when it was made needs no leave.
        let output = run(
            &folder.path().join(number.to_string()),
            &["restore", text(from)],
        );
        assert_eq!(output.status.code(), Some(5), "{output:?}");
    }
}

#[tokio::test]
async fn nothing_is_restored_over_data_or_under_a_server() {
    let (folder, data, backups) = folders();
    let error = fails(&data, &["backup", text(&backups)]);
    assert!(error.contains("no data to back up"), "{error}");
    let server = Server::start(&data).await;
    fill(&server).await;
    succeeds(&data, &["backup", text(&backups)]);
    let error = fails(&data, &["restore", text(&backups)]);
    assert!(error.contains("a server runs"), "{error}");
    server.stop();
    let error = fails(&data, &["restore", text(&backups)]);
    assert!(error.contains("holds data already"), "{error}");
    let copy = folder.path().join("copy");
    succeeds(&copy, &["restore", text(&backups)]);
    let error = fails(&copy, &["backup", text(&backups), "--keep", "1"]);
    assert!(error.contains("holds backups of"), "{error}");
    for wrong in [data.clone(), data.join("blobs/x")] {
        let error = fails(&data, &["backup", text(&wrong)]);
        assert!(error.contains("belongs to the data"), "{error}");
    }
    let error = fails(
        &folder.path().join("new"),
        &["restore", text(&data.join("blobs"))],
    );
    assert!(error.contains("holds no backups"), "{error}");
    let server = Server::start(&data).await;
    assert_eq!(
        server.get("/api/v1/knowledge-bases/kb/documents").await["total"],
        2
    );
    server.stop();
}

#[tokio::test]
async fn originals_stay_while_a_backup_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_path_buf();
    let server = Server::start(&data).await;
    server.create("kb").await;
    let id = server
        .add_text("kb", "gone.md", "It goes.", json!({}))
        .await;
    server.settle().await;
    let blobs = || {
        std::fs::read_dir(data.join("blobs"))
            .expect("originals")
            .count()
    };
    let lock = File::options()
        .write(true)
        .open(data.join("backup.lock"))
        .expect("a lock");
    lock.lock_shared().expect("locked");
    let path = format!("/api/v1/documents/{id}");
    assert_eq!(
        server.call(Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server.call(Method::GET, &path, None).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(blobs(), 1);
    drop(lock);
    // Any change brings the next look.
    server
        .add_text("kb", "next.md", "It stays.", json!({}))
        .await;
    while blobs() != 1
        || server
            .get("/api/v1/knowledge-bases/kb/documents?status=ready")
            .await["total"]
            != 1
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop();
}

#[tokio::test]
async fn a_server_makes_the_backups_of_its_schedule_and_health_says_why_it_cannot() {
    let (_folder, data, backups) = folders();
    let schedule = format!("[backup]\ndir = {backups:?}\nevery = \"1m\"\nkeep = 2\n");
    std::fs::write(data.join("riddle.toml"), schedule).expect("a file");
    std::fs::write(&backups, "no folder").expect("a file");
    let server = Server::start(&data).await;
    let told = |health: &Value| {
        let notices = health["notices"].as_array().expect("notices");
        notices
            .iter()
            .any(|notice| notice["code"] == "backup_failed")
    };
    while !told(&server.get("/api/v1/health").await) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.get("/api/v1/health").await["ok"], false);
    server.stop();

    std::fs::remove_file(&backups).expect("removed");
    let server = Server::start(&data).await;
    let whole = || {
        let mut entries = std::fs::read_dir(&backups).ok()?;
        entries.find(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.path().join("manifest.json").exists())
        })
    };
    while whole().is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!told(&server.get("/api/v1/health").await));
    server.stop();
    succeeds(&data, &["restore", text(&backups), "--check"]);
}

#[tokio::test]
async fn commands_that_are_killed_leave_backups_and_folders_that_work() {
    let (folder, data, backups) = folders();
    let server = Server::start(&data).await;
    server.create("kb").await;
    for number in 0..30 {
        server
            .add_text(
                "kb",
                &format!("{number}.md"),
                &format!("Note {number}."),
                json!({}),
            )
            .await;
    }
    server.settle().await;
    server.stop();
    let killed = |arguments: &[&str], data_dir: &Path, after: Duration| {
        let mut child = riddle(data_dir)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        std::thread::sleep(after);
        // It may be done.
        let _ = child.kill();
        child.wait().expect("ends");
    };
    for kill in 1..=KILLS {
        killed(
            &["backup", text(&backups), "--keep", "2"],
            &data,
            Duration::from_millis(u64::from(kill) * 12),
        );
    }
    succeeds(&data, &["backup", text(&backups), "--keep", "2"]);
    let remains = std::fs::read_dir(&backups)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name());
    assert!(
        remains
            .into_iter()
            .all(|name| !name.to_string_lossy().starts_with(".partial"))
    );
    let restored = folder.path().join("restored");
    for kill in 1..=KILLS {
        killed(
            &["restore", text(&backups)],
            &restored,
            Duration::from_millis(u64::from(kill) * 12),
        );
    }
    if !restored.join("riddle.db").exists() {
        succeeds(&restored, &["restore", text(&backups)]);
    }
    let server = Server::start(&restored).await;
    server.settle().await;
    let list = server
        .get("/api/v1/knowledge-bases/kb/documents?status=ready")
        .await;
    assert_eq!(list["total"], 30, "{list}");
    let audit = server
        .post("/api/v1/audit", json!({"originals": true}))
        .await;
    assert_eq!(audit["consistent"], true, "{audit}");
    assert_eq!(audit["originals"]["damaged"], 0, "{audit}");
    server.stop();
}

#[tokio::test]
async fn no_backup_pushes_out_those_of_other_data_or_later_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, backups) = (folder.path().join("data"), folder.path().join("backups"));
    let other = folder.path().join("other");
    for data in [&data, &other] {
        std::fs::create_dir(data).expect("a folder");
        let server = Server::start(data).await;
        fill(&server).await;
        server.stop();
    }
    // Neither a data folder nor a part of it, however it is written, nor a single backup.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&data, &link).expect("a link");
    let first = succeeds(&data, &["backup", text(&backups)]);
    let first = PathBuf::from(first["backup"].as_str().expect("a folder"));
    for wrong in [
        other.clone(),
        link.clone(),
        data.join("../data/uploads/x"),
        first.clone(),
    ] {
        let error = fails(&data, &["backup", text(&wrong), "--keep", "1"]);
        assert!(error.contains("no folder of backups"), "{error}");
    }
    assert_eq!(
        std::fs::read_dir(other.join("blobs"))
            .expect("originals")
            .count(),
        2
    );
    // The same data by another path are the same data.
    succeeds(&link, &["backup", text(&backups)]);

    // The clock was a year ahead.
    let future = backups.join("2099-01-01T00-00-00Z");
    std::fs::rename(&first, &future).expect("renamed");
    let report = succeeds(&data, &["backup", text(&backups), "--keep", "1"]);
    let newest = PathBuf::from(report["backup"].as_str().expect("a folder"));
    assert!(
        newest.join("manifest.json").exists() && !future.exists(),
        "{report}"
    );

    // A manifest that cannot be read keeps nobody from a new backup, but not from its protection either.
    std::fs::create_dir(backups.join("2099-02-01T00-00-00Z")).expect("a folder");
    std::fs::write(backups.join("2099-02-01T00-00-00Z/manifest.json"), "").expect("a file");
    std::fs::remove_dir_all(&data).expect("removed");
    std::fs::create_dir(&data).expect("a folder");
    let server = Server::start(&data).await;
    server.stop();
    let error = fails(&data, &["backup", text(&backups), "--keep", "1"]);
    assert!(error.contains("another database"), "{error}");
    assert!(newest.exists());
}

#[tokio::test]
async fn what_other_data_left_is_no_part_of_what_is_restored() {
    let (folder, data, backups) = folders();
    let server = Server::start(&data).await;
    fill(&server).await;
    let before = everything(&server).await;
    server.stop();
    succeeds(&data, &["backup", text(&backups)]);
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("a folder");
    let server = Server::start(&other).await;
    fill(&server).await;
    server.stop();
    std::fs::remove_dir_all(other.join("blobs")).expect("removed");
    std::fs::remove_file(other.join("riddle.db")).expect("removed");
    // Whether it is there depends on which connection was closed last.
    let _ = std::fs::remove_file(other.join("riddle.db-shm"));
    let log = other.join("riddle.db-wal");
    std::fs::write(&log, "left").expect("a file");
    let error = fails(&other, &["restore", text(&backups)]);
    assert!(error.contains("holds data already"), "{error}");
    std::fs::remove_file(log).expect("removed");
    let wrong = folder.path().join("wrong.tar.gz");
    std::fs::write(&wrong, [0x1f, 0x8b, 8, 0, 0, 0]).expect("a file");
    fails(&other, &["restore", text(&wrong)]);
    assert!(!other.join("restore.unfinished").exists());
    succeeds(&other, &["restore", text(&backups)]);
    // Cut off between the last name and the end.
    std::fs::write(other.join("restore.unfinished"), "").expect("a file");
    succeeds(&other, &["restore", text(&backups)]);
    let server = Server::start(&other).await;
    server.settle().await;
    assert_eq!(everything(&server).await, before);
    server.stop();

    // An original that cannot be read costs no more than itself.
    let original = std::fs::read_dir(data.join("blobs"))
        .expect("originals")
        .next();
    let original = original.expect("one").expect("an entry").path();
    std::fs::remove_file(&original).expect("removed");
    std::fs::create_dir(&original).expect("a folder");
    let output = run(&data, &["backup", text(&folder.path().join("new"))]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}
