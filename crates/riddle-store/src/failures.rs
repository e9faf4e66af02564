//! What SQLite says when it fails, as the store says it.

use riddle_core::{
    ChatId, ConversationStore, KnowledgeBaseStore, NewConversation, StoreError, StoreFailure,
    Timestamp, error_chain,
};
use uuid::Uuid;

use crate::sql;
use crate::store::SqlStore;

const NOW: Timestamp = Timestamp(1);
/// Bytes of a page of a new database.
const PAGE: usize = 4096;

fn chat(title: String) -> NewConversation {
    NewConversation {
        id: ChatId(Uuid::from_u128(1)),
        title: Some(title),
        chat_model: None,
        knowledge_bases: Vec::new(),
    }
}

async fn store(folder: &tempfile::TempDir) -> SqlStore {
    SqlStore::open(&folder.path().join("riddle.db"))
        .await
        .unwrap()
}

/// Sets something of the connection that writes.
async fn pragma(store: &SqlStore, statement: &'static str) {
    let mut write = store.write().await.unwrap();
    sql::query(statement).rows(&mut *write).await.unwrap();
    write.commit().await.unwrap();
}

fn failure(error: &StoreError) -> StoreFailure {
    match error {
        StoreError::Failed { failure, .. } => *failure,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_full_disk_is_told_apart_and_ends_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let large = chat("x".repeat(1 << 20));
    // The bound is raised to the size that the file has.
    pragma(&store, "PRAGMA max_page_count = 1").await;
    let error = store.insert_chat(&large, NOW).await.unwrap_err();
    assert_eq!(failure(&error), StoreFailure::DiskFull);
    assert!(error.to_string().contains("free some space"), "{error}");
    assert!(!error.to_string().contains("INSERT"), "{error}");
    let chain = error_chain(&error);
    assert!(chain.contains("database or disk is full"), "{chain}");

    // What follows gets another connection, which has no such bound.
    store.insert_chat(&large, NOW).await.unwrap();
}

#[tokio::test]
async fn a_lock_of_another_program_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, other) = (store(&folder).await, store(&folder).await);
    pragma(&store, "PRAGMA busy_timeout = 0").await;
    let held = other.write().await.unwrap();
    let small = chat(String::new());
    let error = store.insert_chat(&small, NOW).await.unwrap_err();
    assert_eq!(failure(&error), StoreFailure::Busy);
    let chain = error_chain(&error);
    assert!(chain.contains("database is locked"), "{chain}");

    held.commit().await.unwrap();
    store.insert_chat(&small, NOW).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riddle.db");
    std::fs::write(&path, "no pages at all".repeat(1000)).unwrap();
    let error = SqlStore::open(&path).await.unwrap_err();
    assert_eq!(failure(&error), StoreFailure::Damaged);
    assert!(error.to_string().contains("`riddle restore`"), "{error}");
}

#[tokio::test]
async fn a_page_that_is_damaged_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    store.close().await;
    let path = folder.path().join("riddle.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[PAGE..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let error = SqlStore::open(&path).await.unwrap_err();
    assert_eq!(failure(&error), StoreFailure::Damaged);
}

#[tokio::test]
async fn a_value_that_cannot_be_read_says_which_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let mut write = store.write().await.unwrap();
    let spoilt = sql::query(
        "INSERT INTO knowledge_bases (id, name, description, settings, created_at)
         VALUES (unhex('00112233445566778899aabbccddeeff'), 'first', '', '7', 1)",
    );
    spoilt.run(&mut write).await.unwrap();
    write.commit().await.unwrap();
    let error = store.list_knowledge_bases().await.unwrap_err();
    assert_eq!(failure(&error), StoreFailure::Unreadable);
    assert_eq!(error.to_string(), "the database failed");
    let chain = error_chain(&error);
    assert!(chain.contains("`settings`"), "{chain}");
    assert!(chain.contains("expected struct"), "{chain}");
}
