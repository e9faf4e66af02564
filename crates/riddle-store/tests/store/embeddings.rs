use riddle_core::{ContentHash, DocumentStore, EmbeddingCache, JobStore, NewChunk};

use crate::fixture::{EMBEDDER, Fixture, NOW, chunk_ids, staged};

fn entry(text: &str, value: f32) -> (ContentHash, Vec<f32>) {
    (ContentHash::of(text.as_bytes()), vec![value, -value, 0.5])
}

/// Caches the vectors of what a claimed document will be staged with, and stages it.
async fn ingest(fixture: &Fixture, name: &str, texts: &[&str]) -> Vec<ContentHash> {
    fixture.accept(name, name).await;
    let job = fixture.claim().await;
    let chunks = staged(&job, texts).chunks;
    let hashes: Vec<ContentHash> = chunks.iter().map(NewChunk::text_hash).collect();
    let entries: Vec<_> = hashes.iter().map(|hash| (*hash, vec![1.0; 8])).collect();
    let cached = fixture.store.cache_embeddings(EMBEDDER, &entries).await;
    cached.unwrap();
    fixture.stage(&job, texts).await;
    fixture.settle().await;
    hashes
}

async fn is_cached(fixture: &Fixture, hash: ContentHash) -> bool {
    let found = fixture.store.cached_embeddings(EMBEDDER, &[hash]).await;
    found.unwrap()[0].is_some()
}

#[tokio::test]
async fn come_back_bit_by_bit_in_the_order_asked() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let entries: Vec<_> = (0..150_u16)
        .map(|number| entry(&number.to_string(), f32::from(number) + f32::MIN_POSITIVE))
        .collect();
    store.cache_embeddings(EMBEDDER, &entries).await.unwrap();
    store.cache_embeddings(EMBEDDER, &[]).await.unwrap();
    let asked: Vec<ContentHash> = [149, 3, 3, 77]
        .map(|place: usize| entries[place].0)
        .to_vec();
    let found = store.cached_embeddings(EMBEDDER, &asked).await.unwrap();
    let expected = [149, 3, 3, 77].map(|place: usize| Some(entries[place].1.clone()));
    assert_eq!(found, expected);

    let unknown = [entries[0].0, ContentHash::of(b"unknown")];
    let found = store.cached_embeddings(EMBEDDER, &unknown).await.unwrap();
    assert_eq!(found, [Some(entries[0].1.clone()), None]);
    let other = store.cached_embeddings("another", &unknown).await.unwrap();
    assert_eq!(other, [None, None]);
}

#[tokio::test]
async fn one_that_is_there_stays_as_it_is() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let (old, new) = (entry("a", 1.0), entry("a", 2.0));
    let first = store.cache_embeddings(EMBEDDER, std::slice::from_ref(&old));
    first.await.unwrap();
    store.cache_embeddings(EMBEDDER, &[new]).await.unwrap();
    let found = store.cached_embeddings(EMBEDDER, &[old.0]).await.unwrap();
    assert_eq!(found, [Some(old.1)]);
}

#[tokio::test]
async fn of_deleted_texts_are_pruned_and_of_others_kept() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let first = ingest(&fixture, "a.txt", &["only here", "shared"]).await;
    ingest(&fixture, "b.txt", &["shared", "other"]).await;
    assert_eq!(store.prune_embeddings().await.unwrap(), 0);
    assert_eq!(fixture.count("loose_texts").await, 0);

    let id = fixture.accept("a.txt", "a.txt").await.id;
    assert_eq!(fixture.live(&chunk_ids(id, 1, 2)).await.len(), 2);
    store.delete_document(id, NOW).await.unwrap();
    // Work on another document does not keep the vectors of a deleted one.
    fixture.accept("c.txt", "c").await;
    assert_eq!(store.prune_embeddings().await.unwrap(), 1);
    assert!(!is_cached(&fixture, first[0]).await);
    assert!(is_cached(&fixture, first[1]).await);
    assert_eq!(fixture.count("loose_texts").await, 0);
}

#[tokio::test]
async fn of_replaced_texts_are_pruned_after_publishing() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let old = ingest(&fixture, "a.txt", &["old", "kept"]).await;
    fixture.accept("a.txt", "other bytes").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["kept", "new"]).await;
    assert_eq!(fixture.store.prune_embeddings().await.unwrap(), 0);
    fixture.settle().await;
    assert_eq!(fixture.store.prune_embeddings().await.unwrap(), 1);
    assert!(!is_cached(&fixture, old[0]).await);
    assert!(is_cached(&fixture, old[1]).await);
}

#[tokio::test]
async fn of_documents_in_work_are_kept_until_no_work_is_left() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let document = fixture.accept("a.txt", "a").await;
    fixture.claim().await;
    let (hash, vector) = entry("in work", 1.0);
    let cached = store.cache_embeddings(EMBEDDER, &[(hash, vector)]).await;
    cached.unwrap();
    assert_eq!(store.prune_embeddings().await.unwrap(), 0);
    assert!(is_cached(&fixture, hash).await);

    store.delete_document(document.id, NOW).await.unwrap();
    assert_eq!(store.pending_jobs().await.unwrap(), 0);
    assert_eq!(store.prune_embeddings().await.unwrap(), 1);
    assert_eq!(fixture.count("embeddings").await, 0);
    assert_eq!(fixture.count("loose_texts").await, 0);
}

#[tokio::test]
async fn of_any_number_of_texts_are_pruned_at_once() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let entries: Vec<_> = (0..5_000_u16)
        .map(|number| entry(&number.to_string(), 1.0))
        .collect();
    let cached = fixture.store.cache_embeddings(EMBEDDER, &entries).await;
    cached.unwrap();
    assert_eq!(fixture.store.prune_embeddings().await.unwrap(), 5_000);
    assert_eq!(fixture.count("embeddings").await, 0);
}
