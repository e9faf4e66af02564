use riddle_core::{
    ChangeOutcome, ChunkChange, ChunkId, ChunkState, ChunkStore, CuratedChunk, DocumentStore,
    EmbeddingCache, OutboxRow, OutboxStore, ScoredChunk, StoreDigest, Timestamp,
};

use crate::fixture::{EMBEDDER, Fixture, NOW, chunk_ids};

const LATER: Timestamp = Timestamp(NOW.0 + 5_000);

fn change(chunk: ChunkId, seen: u32, text: &str, enabled: bool) -> ChunkChange {
    ChunkChange {
        chunk,
        seen,
        text: text.to_owned(),
        token_count: 3,
        enabled,
    }
}

async fn apply(fixture: &Fixture, change: &ChunkChange) -> u64 {
    match fixture.store.change_chunk(change, LATER).await.unwrap() {
        ChangeOutcome::Changed(sequence) => sequence,
        other => panic!("{other:?}"),
    }
}

async fn curated(fixture: &Fixture, chunk: ChunkId, position: u64) -> CuratedChunk {
    let found = fixture.store.lookup_chunk(chunk, position).await.unwrap();
    found.expect("the chunk is live")
}

async fn seen_by_search(fixture: &Fixture, chunk: ChunkId, position: u64) -> bool {
    let hits = [ScoredChunk { chunk, score: 1.0 }];
    let live = fixture
        .store
        .live_chunks(&[fixture.knowledge_base], &hits, position)
        .await;
    !live.unwrap().is_empty()
}

#[tokio::test]
async fn an_edit_is_one_step_for_text_history_and_outbox() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["old words", "other"]).await;
    let chunk = chunk_ids(document.id, 1, 2)[0];
    let before = curated(&fixture, chunk, fixture.last().await).await;
    assert_eq!(
        before.state,
        ChunkState {
            enabled: true,
            edited: false,
            revision: 1,
            pending: false
        }
    );
    let original = fixture.store.chunk_history(chunk).await.unwrap().unwrap();
    assert_eq!(original.len(), 1);
    assert!(original[0].current && original[0].created_at == document.updated_at);

    let written = fixture.last().await;
    let sequence = apply(&fixture, &change(chunk, 1, "new words", true)).await;
    assert_eq!(sequence, written + 1);
    let after = curated(&fixture, chunk, sequence).await;
    assert_eq!(after.record.chunk.text, "new words");
    assert_eq!(after.record.chunk.token_count, 3);
    assert_eq!(after.record.chunk.span, before.record.chunk.span);
    assert_eq!(
        after.record.chunk.heading_path,
        before.record.chunk.heading_path
    );
    assert_eq!((after.state.edited, after.state.revision), (true, 2));
    let rows = fixture.rows_after(written).await;
    let [OutboxRow::Upsert { chunk: row, .. }] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(**row, after.record);

    let history = fixture.store.chunk_history(chunk).await.unwrap().unwrap();
    let texts: Vec<(u32, &str, bool)> = history
        .iter()
        .map(|past| (past.revision, past.text.as_str(), past.current))
        .collect();
    assert_eq!(texts, [(2, "new words", true), (1, "old words", false)]);
    assert_eq!(
        (history[0].created_at, history[1].created_at),
        (LATER, document.updated_at)
    );
    let restored = apply(&fixture, &change(chunk, 2, "old words", true)).await;
    let restored = curated(&fixture, chunk, restored).await;
    assert_eq!(
        (restored.state.edited, restored.state.revision),
        (false, 3),
        "the document's own text is no edit"
    );
}

#[tokio::test]
async fn no_search_sees_a_chunk_between_its_change_and_the_index() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["old words"]).await;
    let chunk = chunk_ids(document.id, 1, 1)[0];
    let sequence = apply(&fixture, &change(chunk, 1, "new words", true)).await;
    assert!(!seen_by_search(&fixture, chunk, sequence - 1).await);
    assert!(
        curated(&fixture, chunk, sequence - 1).await.state.pending,
        "and whoever reads it is told"
    );
    assert!(seen_by_search(&fixture, chunk, sequence).await);
    assert!(!curated(&fixture, chunk, sequence).await.state.pending);
}

#[tokio::test]
async fn a_disabled_chunk_is_listed_and_neither_found_nor_expected_nor_rebuilt() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["one", "two"]).await;
    let ids = chunk_ids(document.id, 1, 2);
    let sequence = apply(&fixture, &change(ids[0], 1, "one", false)).await;
    fixture.reopen().await;
    assert!(!seen_by_search(&fixture, ids[0], u64::MAX).await);
    let rows = fixture.rows_after(sequence - 1).await;
    assert!(matches!(rows.as_slice(), [OutboxRow::Delete { chunk, .. }] if *chunk == ids[0]));

    let listed = fixture
        .store
        .document_chunks(document.id, 0, 10, u64::MAX)
        .await
        .unwrap();
    let enabled: Vec<bool> = listed.iter().map(|chunk| chunk.state.enabled).collect();
    assert_eq!(enabled, [false, true]);
    assert!(!listed[0].state.edited);

    let store = &fixture.store;
    let expected = store.expected_chunk_ids(fixture.knowledge_base).await;
    assert_eq!(expected.unwrap(), [ids[1]]);
    let digest = store.chunk_digest(fixture.knowledge_base).await.unwrap();
    assert_eq!(digest, StoreDigest::of([ids[1]]));
    assert_eq!(store.enqueue_all_chunks(None).await.unwrap(), 1);
    let last = fixture.last().await;
    store.enqueue_chunks(&ids).await.unwrap();
    let rows = fixture.rows_after(last).await;
    assert!(
        matches!(
            rows.as_slice(),
            [OutboxRow::Delete { .. }, OutboxRow::Upsert { .. }]
        ),
        "{rows:?}"
    );
    let back = apply(&fixture, &change(ids[0], 2, "one", true)).await;
    assert!(seen_by_search(&fixture, ids[0], back).await);
}

#[tokio::test]
async fn a_row_queued_before_a_chunk_was_disabled_removes_it() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["one"]).await;
    let chunk = chunk_ids(document.id, 1, 1)[0];
    let last = fixture.last().await;
    apply(&fixture, &change(chunk, 1, "uno", true)).await;
    apply(&fixture, &change(chunk, 2, "uno", false)).await;
    let rows = fixture.rows_after(last).await;
    assert!(
        matches!(
            rows.as_slice(),
            [OutboxRow::Delete { .. }, OutboxRow::Delete { .. }]
        ),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_change_of_what_has_moved_on_or_gone_writes_nothing() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["one"]).await;
    let chunk = chunk_ids(document.id, 1, 1)[0];
    apply(&fixture, &change(chunk, 1, "uno", true)).await;
    let last = fixture.last().await;
    let stale = fixture
        .store
        .change_chunk(&change(chunk, 1, "eins", true), LATER)
        .await;
    assert_eq!(stale.unwrap(), ChangeOutcome::Moved);

    // Processed anew, the document has other chunks, and the edits go with the old ones.
    fixture.accept("a.txt", "other bytes").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["one", "more"]).await;
    let staged = chunk_ids(document.id, job.generation, 2)[0];
    assert_eq!(fixture.store.lookup_chunk(staged, 0).await.unwrap(), None);
    let live = fixture.store.lookup_chunk(chunk, u64::MAX).await.unwrap();
    assert_eq!(live.expect("until then").record.chunk.text, "uno");
    fixture.settle().await;
    let gone = fixture
        .store
        .change_chunk(&change(chunk, 2, "eins", true), LATER)
        .await;
    assert_eq!(gone.unwrap(), ChangeOutcome::Gone);
    assert_eq!(fixture.store.chunk_history(chunk).await.unwrap(), None);
    assert_eq!(fixture.count("chunk_revisions").await, 0);
    assert_eq!(fixture.texts(document.id).await, ["one", "more"]);
    assert!(fixture.last().await > last);
}

#[tokio::test]
async fn only_the_vectors_of_present_texts_stay() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["one"]).await;
    let chunk = chunk_ids(document.id, 1, 1)[0];
    let hash_of = |chunk: &CuratedChunk| chunk.record.chunk.text_hash();
    let old = hash_of(&curated(&fixture, chunk, 0).await);
    let store = &fixture.store;
    let vector = vec![1.0_f32];
    store
        .cache_embeddings(EMBEDDER, &[(old, vector.clone())])
        .await
        .unwrap();
    let mut edited = curated(&fixture, chunk, 0).await.record.chunk;
    edited.text = "uno".to_owned();
    let new = edited.text_hash();
    store
        .cache_embeddings(EMBEDDER, &[(new, vector.clone())])
        .await
        .unwrap();
    apply(&fixture, &change(chunk, 1, "uno", true)).await;
    assert_eq!(hash_of(&curated(&fixture, chunk, 0).await), new);
    store.prune_embeddings().await.unwrap();
    let kept = store.cached_embeddings(EMBEDDER, &[old, new]).await;
    assert_eq!(kept.unwrap(), [None, Some(vector)]);
}

#[tokio::test]
async fn the_first_chunk_that_searches_can_find_is_read_of_many_documents_at_once() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let mut documents = Vec::new();
    for name in ["a.txt", "b.txt", "c.txt", "d.txt"] {
        let document = fixture.ready(name, &[name, "second"]).await;
        documents.push(document.id);
    }
    let firsts: Vec<ChunkId> = documents.iter().map(|id| chunk_ids(*id, 1, 1)[0]).collect();
    // Of one the first chunk is disabled, of one it is changed and not applied yet, and one is gone.
    apply(&fixture, &change(firsts[1], 1, "b", false)).await;
    let changed = apply(&fixture, &change(firsts[2], 1, "new", true)).await;
    let store = &fixture.store;
    store.delete_document(documents[3], LATER).await.unwrap();
    for (position, third) in [(changed - 1, "second"), (changed, "new")] {
        let found = store.first_chunks(&documents, position).await.unwrap();
        let texts = found.iter().map(|first| first.chunk.text.as_str());
        let texts: Vec<&str> = texts.collect();
        assert_eq!(texts, ["a.txt", "second", third], "at {position}");
        let of: Vec<_> = found.iter().map(|first| first.document).collect();
        assert_eq!(of, documents[..3]);
    }
    assert!(store.first_chunks(&[], changed).await.unwrap().is_empty());
}
