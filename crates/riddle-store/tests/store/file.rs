use riddle_core::{OutboxStore, error_chain};
use riddle_store::SqlStore;
use sqlx::sqlite::SqliteConnectOptions;

use crate::fixture::Fixture;

#[tokio::test]
async fn closing_folds_the_log_into_the_file() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let ready = fixture.ready("a.txt", &["a"]).await;
    fixture.store.close().await;
    let copy = fixture.database.file().with_extension("copy");
    std::fs::copy(fixture.database.file(), &copy).unwrap();
    let store = SqlStore::open(&copy).await.unwrap();
    assert_eq!(store.outbox_bounds().await.unwrap(), (1, 1));
    let found = riddle_core::DocumentStore::lookup_document(&store, ready.id).await;
    assert_eq!(found.unwrap(), Some(ready));
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_advice() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    fixture.store.close().await;
    let path = fixture.database.file();
    let options = SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'from the future', 1, x'00', 1)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let message = open_error(&path).await;
    assert!(message.contains("schema 999"), "{message}");
    assert!(message.contains("use the newer version"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riddle.db");
    let garbage = b"this is not a database, whatever its name says ".repeat(200);
    std::fs::write(&path, &garbage).unwrap();
    let message = open_error(&path).await;
    assert!(message.contains("not a database"), "{message}");
    assert_eq!(std::fs::read(&path).unwrap(), garbage);
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    fixture.ready("a.txt", &["a"]).await;
    fixture.store.close().await;
    let path = fixture.database.file();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 3]).unwrap();
    let message = open_error(&path).await;
    assert!(message.contains("malformed"), "{message}");
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_an_error_without_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let message = open_error(&folder.path().join("missing").join("riddle.db")).await;
    let parent = folder.path().display().to_string();
    assert!(!message.contains(&parent), "{message}");
}

async fn open_error(path: &std::path::Path) -> String {
    match SqlStore::open(path).await {
        Ok(_) => panic!("the file was opened"),
        Err(error) => error_chain(&error),
    }
}
