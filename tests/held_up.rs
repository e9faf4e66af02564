//! A database that answers and refuses what the queue of documents needs, or has a run that cannot be read: each is
//! told of once, and all else goes on by itself.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection, query};

use crate::evaluations;
use crate::support::Server;

/// What is refused, and what the log calls the work that needs it.
const REFUSED: [(&str, &str); 2] = [
    ("lease_owner", "taking documents from the queue"),
    ("next_at", "asking when the next document is due"),
];

#[tokio::test]
async fn a_queue_that_fails_is_told_of_once_and_goes_on_by_itself() {
    for (column, work) in REFUSED {
        let folder = tempfile::tempdir().expect("a folder");
        let server =
            Server::start_with(folder.path(), &["--log", "info,riddle_engine=debug"]).await;
        server.create("kb").await;
        let trigger = format!(
            "CREATE TRIGGER refuse BEFORE UPDATE OF {column} ON jobs BEGIN SELECT RAISE(ABORT, 'as told'); END"
        );
        change(folder.path(), &trigger).await;
        if column == "next_at" {
            // As if the clock had been set back by years.
            let far = "CREATE TRIGGER far AFTER INSERT ON jobs BEGIN
                         DELETE FROM jobs WHERE document = new.document AND new.next_at < 1000000000000000;
                         INSERT INTO jobs (document, queued_at, next_at)
                         SELECT new.document, new.queued_at, 1000000000000000 WHERE new.next_at < 1000000000000000;
                       END";
            change(folder.path(), far).await;
        }
        let id = server.add_text("kb", "one.md", "One.", json!({})).await;
        // More attempts than one, which the log has at its lowest level.
        while lines(folder.path(), "DEBUG", work).len() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let told = lines(folder.path(), "ERROR", work);
        assert_eq!(told.len(), 1, "{told:?}");
        let health = server.get("/api/v1/health").await;
        assert_eq!(health["ok"], json!(false));
        let mut notices = health["notices"].as_array().expect("notices").iter();
        assert!(
            notices.any(|notice| notice["code"] == "documents_held_up"),
            "{health}"
        );

        change(folder.path(), "DROP TRIGGER refuse").await;
        server.settle().await;
        assert_eq!(server.document(&id).await["status"], "ready");
        assert_eq!(lines(folder.path(), "INFO", work).len(), 1);
        assert_eq!(lines(folder.path(), "ERROR", work).len(), 1);
        let health = server.get("/api/v1/health").await;
        let mut notices = health["notices"].as_array().expect("notices").iter();
        assert!(
            notices.all(|notice| notice["code"] != "documents_held_up"),
            "{health}"
        );
        server.stop();
    }
}

/// Damaged, or of another version.
#[tokio::test]
async fn a_run_that_cannot_be_read_fails_and_keeps_no_other_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    evaluations::import(&server).await;
    let unreadable = "CREATE TRIGGER unreadable AFTER INSERT ON evaluation_runs BEGIN
                        UPDATE evaluation_runs SET manifest = '\"unreadable\"' WHERE id = new.id;
                      END";
    change(folder.path(), unreadable).await;
    evaluations::start(&server, json!({"name": "unreadable"})).await;
    change(folder.path(), "DROP TRIGGER unreadable").await;
    let second = evaluations::start(&server, json!({"name": "sound"})).await;
    let second = evaluations::ended(&server, &second).await;
    assert_eq!(second["status"], "finished", "{second}");

    let mut database = database(folder.path()).await;
    let told = query("SELECT status, problem FROM evaluation_runs WHERE name = 'unreadable'")
        .fetch_one(&mut database)
        .await
        .expect("it is there");
    assert_eq!(told.get::<String, _>("status"), "failed");
    assert_ne!(told.get::<String, _>("problem"), "");
    server.stop();
}

async fn database(data_dir: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data_dir.join("riddle.db"));
    options.connect().await.expect("the database opens")
}

async fn change(data_dir: &Path, sql: &str) {
    let mut database = database(data_dir).await;
    let changed = query(AssertSqlSafe(sql.to_owned())).execute(&mut database);
    changed.await.expect("it is changed");
}

/// What the server has logged at a level about a work.
fn lines(data_dir: &Path, level: &str, work: &str) -> Vec<Value> {
    let log = std::fs::read_to_string(data_dir.join("test.log")).expect("a log");
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let lines =
        lines.filter(|line: &Value| line["level"] == level && line["fields"]["work"] == work);
    lines.collect()
}
