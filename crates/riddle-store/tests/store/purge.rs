use riddle_core::{ContentHash, DocumentStore, KnowledgeBaseStore, OutboxStore};

use crate::fixture::{Fixture, NOW, knowledge_base, new_document};

#[tokio::test]
async fn rows_stay_until_the_indexes_have_applied_the_deletion() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["a", "b"]).await;
    let last = fixture.store.delete_document(document.id, NOW).await;
    let last = last.unwrap().unwrap();
    assert_eq!(fixture.store.purge_deleted(last - 1).await.unwrap(), []);
    assert_eq!(fixture.count("documents").await, 1);
    let unreferenced = fixture.store.unreferenced_blobs(&[document.sha256]).await;
    assert_eq!(unreferenced.unwrap(), [], "the removal is not complete");
    let blobs = fixture.store.purge_deleted(last).await.unwrap();
    assert_eq!(blobs, [document.sha256]);
    assert_eq!(fixture.count("documents").await, 0);
    assert_eq!(fixture.store.purge_deleted(last).await.unwrap(), []);
    let unreferenced = fixture.store.unreferenced_blobs(&[document.sha256]).await;
    assert_eq!(unreferenced.unwrap(), [document.sha256]);
}

#[tokio::test]
async fn a_blob_that_two_knowledge_bases_share_goes_with_the_second() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let other = knowledge_base(2, "second");
    store.insert_knowledge_base(&other).await.unwrap();
    let first = fixture.accept("a.txt", "same").await;
    let second = new_document(other.id, "b.txt", "same");
    store.accept_document(&second, NOW).await.unwrap();

    store.delete_document(first.id, NOW).await.unwrap();
    let last = fixture.last().await;
    assert_eq!(store.purge_deleted(last).await.unwrap(), []);
    store.delete_document(second.id, NOW).await.unwrap();
    assert_eq!(store.purge_deleted(last).await.unwrap(), [first.sha256]);
}

#[tokio::test]
async fn replaced_bytes_go_with_the_next_purge() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    fixture.ready("a.txt", &["old"]).await;
    fixture.accept("a.txt", "new").await;
    let old = ContentHash::of(b"old");
    assert_eq!(store.purge_deleted(0).await.unwrap(), [old]);
    assert_eq!(store.purge_deleted(0).await.unwrap(), []);

    fixture.accept("a.txt", "newest").await;
    fixture.accept("a.txt", "new").await;
    let purged = store.purge_deleted(0).await.unwrap();
    assert_eq!(purged, [ContentHash::of(b"newest")], "the bytes came back");
}
