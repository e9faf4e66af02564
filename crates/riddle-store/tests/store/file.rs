use riddle_core::{DocumentStatus, JobStore, KnowledgeBaseStore, OutboxStore, error_chain};
use riddle_store::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;

use crate::fixture::{BOOT, Fixture, NOW};

#[tokio::test]
async fn what_was_committed_is_there_after_an_end_without_closing() {
    let mut fixture = Fixture::new().await;
    let ready = fixture.ready("a.txt", &["a", "b"]).await;
    let running = fixture.accept("b.txt", "b").await;
    fixture.claim().await;
    let old = fixture.store.clone();
    fixture.reopen().await;
    assert_eq!(fixture.document(ready.id).await, ready);
    assert_eq!(fixture.texts(ready.id).await, ["a", "b"]);
    assert_eq!(
        fixture.document(running.id).await.status,
        DocumentStatus::Parsing
    );
    let recovered = fixture
        .store
        .recover_jobs("next", &[], 5, NOW)
        .await
        .unwrap();
    assert_eq!(recovered, (1, 0));
    assert_eq!(fixture.claim().await.generation, 2);
    drop(old);
}

#[tokio::test]
async fn closing_folds_the_log_into_the_file() {
    let fixture = Fixture::new().await;
    let ready = fixture.ready("a.txt", &["a"]).await;
    fixture.store.close().await;
    let copy = fixture.folder.path().join("copy.db");
    std::fs::copy(fixture.folder.path().join("riddle.db"), &copy).unwrap();
    let store = SqliteStore::open(&copy).await.unwrap();
    assert_eq!(store.outbox_bounds().await.unwrap(), (1, 1));
    let found = riddle_core::DocumentStore::lookup_document(&store, ready.id).await;
    assert_eq!(found.unwrap(), Some(ready));
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_advice() {
    let fixture = Fixture::new().await;
    fixture.store.close().await;
    let path = fixture.folder.path().join("riddle.db");
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
    let fixture = Fixture::new().await;
    fixture.ready("a.txt", &["a"]).await;
    fixture.store.close().await;
    let path = fixture.folder.path().join("riddle.db");
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

#[tokio::test]
async fn writers_and_readers_do_not_disturb_each_other() {
    let fixture = Fixture::new().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = fixture.store.clone();
        let knowledge_base = fixture.knowledge_base;
        writers.spawn(async move {
            for number in 0..10 {
                let name = format!("{writer}.{number}");
                let new = crate::fixture::new_document(knowledge_base, &name, &name);
                riddle_core::DocumentStore::accept_document(&store, &new, NOW)
                    .await
                    .unwrap();
                store.list_knowledge_bases().await.unwrap();
            }
        });
    }
    writers.join_all().await;
    assert_eq!(fixture.store.pending_jobs().await.unwrap(), 80);

    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = fixture.store.clone();
        claims.spawn(async move {
            store
                .claim_job(BOOT, NOW, NOW.plus_millis(9))
                .await
                .unwrap()
        });
    }
    let claimed = claims.join_all().await;
    let mut ids: Vec<_> = claimed
        .iter()
        .flatten()
        .map(|job| job.document.id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 80, "each job is claimed once");
    assert_eq!(claimed.iter().flatten().count(), 80);
}

async fn open_error(path: &std::path::Path) -> String {
    match SqliteStore::open(path).await {
        Ok(_) => panic!("the file was opened"),
        Err(error) => error_chain(&error),
    }
}
