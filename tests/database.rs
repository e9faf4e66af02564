//! A server whose database is on a PostgreSQL server.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::support::{Server, hit_names, riddle};

const TEXT: &str = "# Garden\n\nTomatoes are watered every morning.\n";

/// What a command says that fails.
#[track_caller]
fn fails(data_dir: &Path, arguments: &[&str]) -> String {
    let mut command = riddle(data_dir);
    command.env_remove("RIDDLE_DATABASE_URL");
    let output = command.args(arguments).stdin(Stdio::null()).output();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn found(server: &Server) -> Vec<String> {
    let asked = json!({"query": "who waters the tomatoes?", "top_n": 1});
    let response = server.search("kb", asked).await;
    hit_names(&response)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn documents_on_a_postgresql_server_outlive_an_end_without_notice() {
    let Some(url) = riddle_test_support::postgres() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["--database-url", &url];
    let mut server = Server::start_with(folder.path(), &arguments).await;
    server.create("kb").await;
    server.add_text("kb", "garden.md", TEXT, json!({})).await;
    server.settle().await;
    assert_eq!(found(&server).await, ["garden.md"]);
    server.kill();
    drop(server);
    assert!(!folder.path().join("riddle.db").exists());

    let server = Server::start_with(folder.path(), &arguments).await;
    assert_eq!(found(&server).await, ["garden.md"]);
    let other = tempfile::tempdir().expect("a folder");
    let taken = fails(other.path(), &["--database-url", &url, "kb", "list"]);
    assert!(
        taken.contains("another server uses this database"),
        "{taken}"
    );
    server.stop();

    let without = fails(folder.path(), &["kb", "list"]);
    assert!(
        without.contains("say which with `database.url`"),
        "{without}"
    );
    let second = riddle_test_support::postgres().expect("the server is there");
    let another = fails(folder.path(), &["--database-url", &second, "kb", "list"]);
    assert!(another.contains("belongs to another database"), "{another}");
}

/// As somebody leaves it who copies the file alone.
#[tokio::test]
async fn the_file_of_the_database_is_whole_once_the_server_has_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    server.stop();
    let log = folder.path().join("riddle.db-wal");
    assert!(!log.exists(), "nothing is beside the file");
    let server = Server::start(folder.path()).await;
    let bases = server.get("/api/v1/knowledge-bases").await;
    assert_eq!(bases["knowledge_bases"][0]["name"], "kb");
    server.stop();
}

#[test]
fn backups_of_a_database_on_a_server_are_left_to_its_own_tools() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = [
        "--database-url",
        "postgres://riddle:very-secret@db.example/riddle",
    ];
    let backup = fails(folder.path(), &[&address[..], &["backup", "-"]].concat());
    let archive = folder.path().join("riddle.tar");
    std::fs::write(&archive, "").expect("a file");
    let archive = archive.to_str().expect("UTF-8");
    let restore = fails(
        folder.path(),
        &[&address[..], &["restore", archive]].concat(),
    );
    for told in [backup, restore] {
        assert!(
            told.contains("pg_dump") && told.contains("pg_restore"),
            "{told}"
        );
        assert!(!told.contains("very-secret"), "{told}");
    }
}

#[test]
fn a_schedule_of_backups_and_a_database_on_a_server_do_not_go_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[database]\nurl = \"postgres://db.example/riddle\"\n[backup]\ndir = \"/backups\"\n";
    std::fs::write(folder.path().join("riddle.toml"), text).expect("a file");
    let told = fails(folder.path(), &["kb", "list"]);
    assert!(told.contains("`pg_dump`"), "{told}");
}

#[test]
fn a_server_that_does_not_answer_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().display().to_string().replace('/', "%2F");
    let url = format!("postgres://riddle:very-secret@{socket}/riddle");
    let told = fails(folder.path(), &["--database-url", &url, "kb", "list"]);
    assert!(told.contains("see that PostgreSQL runs"), "{told}");
    assert!(!told.contains("very-secret"), "{told}");
}
