use riddle_core::{DocumentStore, KnowledgeBaseStore, OutboxStore, StoreError};

use crate::fixture::{Fixture, NOW, knowledge_base, new_document};

#[tokio::test]
async fn is_found_by_id_and_name_as_it_was_written() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let expected = Some(knowledge_base(1, "first"));
    let by_name = store.lookup_knowledge_base("first").await;
    assert_eq!(by_name.unwrap(), expected);
    let id = fixture.knowledge_base.to_string();
    let by_id = store.lookup_knowledge_base(&id).await;
    assert_eq!(by_id.unwrap(), expected);
    assert_eq!(store.lookup_knowledge_base("First").await.unwrap(), None);
    assert_eq!(store.lookup_knowledge_base("").await.unwrap(), None);
}

#[tokio::test]
async fn names_are_unique_among_those_that_are_not_deleted() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let is_taken = |refused: Result<(), StoreError>| {
        assert!(matches!(refused, Err(StoreError::NameTaken { name }) if name == "first"));
    };
    let twin = knowledge_base(2, "first");
    is_taken(store.insert_knowledge_base(&twin).await);
    let mut second = knowledge_base(2, "second");
    store.insert_knowledge_base(&second).await.unwrap();
    second.name = "first".to_owned();
    is_taken(store.update_knowledge_base(&second).await);

    let deleted = store.delete_knowledge_base(fixture.knowledge_base, NOW);
    deleted.await.unwrap();
    second.embedder_fingerprint = None;
    second.description = "changed".to_owned();
    store.update_knowledge_base(&second).await.unwrap();
    let found = store.lookup_knowledge_base("first").await.unwrap();
    assert_eq!(found, Some(second));
}

#[tokio::test]
async fn are_listed_by_name_with_what_a_search_sees() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let other = knowledge_base(2, "another");
    store.insert_knowledge_base(&other).await.unwrap();
    fixture.ready("a.txt", &["one", "two", "three"]).await;
    fixture.accept("waiting.txt", "waiting").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["staged only"]).await;

    let listed = store.list_knowledge_bases().await.unwrap();
    let counts: Vec<(&str, u64, u64)> = listed
        .iter()
        .map(|one| (one.knowledge_base.name.as_str(), one.documents, one.chunks))
        .collect();
    assert_eq!(counts, [("another", 0, 0), ("first", 2, 3)]);
}

#[tokio::test]
async fn deletion_takes_every_document_in_whatever_state() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let ready = fixture.ready("ready.txt", &["one", "two"]).await;
    let staged = fixture.accept("staged.txt", "staged").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["three"]).await;
    let running = fixture.accept("running.txt", "running").await;
    let job = fixture.claim().await;
    let waiting = fixture.accept("waiting.txt", "waiting").await;

    let deleted = store.delete_knowledge_base(fixture.knowledge_base, NOW);
    deleted.await.unwrap();
    assert_eq!(store.lookup_knowledge_base("first").await.unwrap(), None);
    assert_eq!(store.list_knowledge_bases().await.unwrap(), []);
    for id in [ready.id, staged.id, running.id, waiting.id] {
        assert_eq!(store.lookup_document(id).await.unwrap(), None);
    }
    assert!(fixture.try_claim().await.is_none());
    fixture.stage(&job, &["late"]).await;
    assert_eq!(fixture.count("chunks").await, 0);

    let blobs = store.purge_deleted(fixture.last().await).await.unwrap();
    assert_eq!(blobs.len(), 4);
    assert_eq!(fixture.count("documents").await, 0);
    assert_eq!(fixture.count("knowledge_bases").await, 0);
}

#[tokio::test]
async fn its_row_stays_until_the_last_document_is_purged() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    fixture.ready("a.txt", &["one"]).await;
    let before = fixture.last().await;
    let deleted = store.delete_knowledge_base(fixture.knowledge_base, NOW);
    deleted.await.unwrap();
    assert_eq!(store.purge_deleted(before).await.unwrap(), []);
    assert_eq!(fixture.count("knowledge_bases").await, 1);
    let blobs = store.purge_deleted(fixture.last().await).await.unwrap();
    assert_eq!(blobs.len(), 1);
    assert_eq!(fixture.count("knowledge_bases").await, 0);
}

#[tokio::test]
async fn accepts_nothing_once_it_is_deleted() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let id = fixture.knowledge_base;
    fixture.ready("a.txt", &["one"]).await;
    store.delete_knowledge_base(id, NOW).await.unwrap();
    let late = new_document(id, "late.txt", "late");
    let refused = store.accept_document(&late, NOW).await;
    assert!(matches!(refused, Err(StoreError::KnowledgeBaseGone { id: gone }) if gone == id));
    store.purge_deleted(fixture.last().await).await.unwrap();
    let refused = store.accept_document(&late, NOW).await;
    assert!(matches!(refused, Err(StoreError::KnowledgeBaseGone { id: gone }) if gone == id));
}

#[tokio::test]
async fn a_database_takes_as_much_as_is_in_it() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let before = fixture.store.database_bytes().await.unwrap();
    assert!(before > 0);
    // Digits that no database makes much shorter.
    let text = |number: u64| {
        let mut digits = String::new();
        for place in 0..200 {
            let mixed = (number * 200 + place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            digits.push_str(&mixed.to_string());
        }
        digits
    };
    let texts: Vec<String> = (0..100).map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    fixture.ready("a.txt", &texts).await;
    let after = fixture.store.database_bytes().await.unwrap();
    let stored: u64 = texts.iter().map(|text| text.len() as u64).sum();
    assert!(after > before + stored / 4, "{before} {after} {stored}");
}
