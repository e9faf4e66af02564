//! The database of a data folder moves to a PostgreSQL server and back, with everything in it.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use sqlx::{Connection, Row, query};

use super::folder;
use crate::support::{Server, riddle};

fn migrate(data_dir: &Path, to: &str, more: &[&str]) -> Output {
    let mut command = riddle(data_dir);
    command
        .env_remove("RIDDLE_DATABASE_URL")
        .args(["migrate", "database", "--to", to])
        .args(more)
        .stdin(Stdio::null());
    command.output().expect("the binary runs")
}

#[track_caller]
fn moves(data_dir: &Path, to: &str, more: &[&str]) -> Value {
    let output = migrate(data_dir, to, &[more, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
fn is_refused(data_dir: &Path, to: &str, more: &[&str], why: &str) {
    let output = migrate(data_dir, to, more);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(why), "{told}");
}

/// What a server answers about everything that people see.
async fn seen(server: &Server) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "knowledge-bases",
        "knowledge-bases/handbook/documents?limit=100",
        "knowledge-bases/notes/documents?limit=100",
        "chats",
        "comparisons",
        "evaluations/sets",
        "evaluations/sets/leave/questions",
    ] {
        seen.push(server.get(&format!("/api/v1/{path}")).await);
    }
    seen
}

async fn is_whole(server: &Server) {
    let audit = server
        .post("/api/v1/audit", json!({"originals": true}))
        .await;
    assert_eq!(audit["consistent"], json!(true), "{audit}");
    assert_eq!(audit["originals"]["damaged"], json!(0), "{audit}");
}

/// A folder of the newest schema, which a server has brought to rest before it was killed.
async fn settled(data_dir: &Path) -> Vec<Value> {
    let database = folder::make(data_dir, folder::newest().await).await;
    database.close().await.expect("is closed");
    let mut server = start(data_dir, &[]).await;
    server.settle().await;
    let seen = seen(&server).await;
    server.kill();
    seen
}

/// A server whose database is where its arguments say, whatever the environment of the tests has.
async fn start(data_dir: &Path, arguments: &[&str]) -> Server {
    Server::start_without_variable("RIDDLE_DATABASE_URL", data_dir, arguments).await
}

#[tokio::test]
async fn a_data_folder_moves_to_a_server_and_back_and_nothing_is_lost() {
    let Some(url) = riddle_test_support::postgres() else {
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    let before = settled(data.path()).await;

    let moved = moves(data.path(), &url, &[]);
    let configuration = moved["configuration"].as_str().expect("a text");
    assert_eq!(configuration, format!("[database]\nurl = {}", json!(url)));
    assert!(moved["rows"].as_u64() > Some(50), "{moved}");
    let left = moved["left"].as_str().expect("a path");
    assert!(Path::new(left).is_file() && !data.path().join("riddle.db").exists());
    is_refused(data.path(), &url, &[], "is on a PostgreSQL server already");

    std::fs::write(data.path().join("riddle.toml"), configuration).expect("written");
    let server = start(data.path(), &[]).await;
    assert_eq!(seen(&server).await, before);
    is_whole(&server).await;
    is_refused(data.path(), "embedded", &[], "a server runs on");
    server.stop();

    let back = moves(data.path(), "embedded", &[]);
    assert_eq!(
        (&back["configuration"], &back["left"]),
        (&Value::Null, &Value::Null)
    );
    assert!(!data.path().join("server.database").exists());
    is_refused(data.path(), "embedded", &[], "is in it already");
    std::fs::remove_file(data.path().join("riddle.toml")).expect("removed");
    let server = start(data.path(), &[]).await;
    assert_eq!(seen(&server).await, before);
    is_whole(&server).await;
    server.stop();
}

/// Whatever was done last, the same command finishes it, and no server starts before.
#[tokio::test]
async fn a_move_that_was_cut_off_after_the_copy_is_finished_by_the_same_command() {
    let Some(url) = riddle_test_support::postgres() else {
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    settled(data.path()).await;
    let file = data.path().join("riddle.db");
    let moved = moves(data.path(), &url, &[]);
    let left = moved["left"].as_str().expect("a path").to_owned();
    // As it is between the two last steps of either way.
    std::fs::rename(&left, &file).expect("renamed");
    let address = ["--database-url", url.as_str()];
    for arguments in [&address[..], &[]] {
        let mut command = riddle(data.path());
        command.env_remove("RIDDLE_DATABASE_URL").args(arguments);
        let output = command.args(["kb", "list"]).output().expect("runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("was cut off"), "{told}");
    }
    let again = moves(data.path(), &url, &[]);
    assert_eq!(again["tables"], moved["tables"]);
    assert!(!file.exists());

    // And before the folder notes that it belongs to another.
    std::fs::rename(&left, &file).expect("renamed");
    std::fs::remove_file(data.path().join("server.database")).expect("removed");
    let again = moves(data.path(), &url, &[]);
    assert_eq!(again["tables"], moved["tables"]);

    // The same on the way back, after the copy and in the midst of it.
    std::fs::copy(&left, &file).expect("copied");
    let back = moves(data.path(), "embedded", &address);
    assert_eq!(back["tables"], moved["tables"]);
    assert!(!data.path().join("server.database").exists());
    moves(data.path(), &url, &[]);
    let half = data.path().join("riddle.db.moving");
    std::fs::write(&half, "half").expect("written");
    let back = moves(data.path(), "embedded", &address);
    assert_eq!(back["tables"], moved["tables"]);
    assert!(file.exists() && !half.exists());
}

#[tokio::test]
async fn what_differs_is_not_taken_for_the_same() {
    let Some(url) = riddle_test_support::postgres() else {
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    settled(data.path()).await;
    let moved = moves(data.path(), &url, &[]);
    let left = moved["left"].as_str().expect("a path");
    let file = data.path().join("riddle.db");
    std::fs::rename(left, &file).expect("renamed");
    let mut database = folder::open(data.path()).await;
    let changed = query("UPDATE chats SET title = 'Another' RETURNING title");
    let titles = changed.fetch_all(&mut database).await.expect("changed");
    assert_eq!(titles[0].get::<String, _>("title"), "Another");
    database.close().await.expect("is closed");
    is_refused(data.path(), &url, &[], "is not empty");
    let address = ["--database-url", url.as_str()];
    is_refused(data.path(), "embedded", &address, "`chats` is not the same");
    assert!(file.exists() && data.path().join("server.database").exists());
}

#[test]
fn what_cannot_be_moved_is_told_with_what_to_do() {
    let data = tempfile::tempdir().expect("a folder");
    let secret = "mysql://me:very-secret@host/riddle";
    for (to, why) in [
        ("postgres://127.0.0.1:1/none", "has no database yet"),
        ("embedded", "say with `database.url`"),
        (secret, "neither `embedded` nor the address"),
    ] {
        is_refused(data.path(), to, &[], why);
    }
    let told = migrate(data.path(), secret, &[]).stderr;
    assert!(!String::from_utf8_lossy(&told).contains("very-secret"));
    let address = ["--database-url", "postgres://127.0.0.1:1/none"];
    is_refused(
        data.path(),
        "embedded",
        &address,
        "no server has used this data folder",
    );
}
