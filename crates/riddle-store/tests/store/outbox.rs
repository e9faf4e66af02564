use std::collections::BTreeMap;

use riddle_core::{
    ChunkId, DocumentId, DocumentStatus, DocumentStore, KnowledgeBaseStore, MetadataValue,
    OutboxRow, OutboxStore, StageOutcome, Timestamp,
};
use uuid::Uuid;

use crate::fixture::{EMBEDDER, Fixture, NOW, chunk_ids, knowledge_base, staged};

fn upserts(rows: &[OutboxRow]) -> Vec<ChunkId> {
    rows.iter()
        .filter_map(|row| match row {
            OutboxRow::Upsert { chunk, .. } => Some(chunk.id),
            _ => None,
        })
        .collect()
}

fn deletes(rows: &[OutboxRow]) -> Vec<ChunkId> {
    rows.iter()
        .filter_map(|row| match row {
            OutboxRow::Delete { chunk, .. } => Some(*chunk),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn staging_writes_a_row_for_each_chunk_and_ends_the_job() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    let texts: Vec<String> = (0..150).map(|number| format!("text {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(fixture.stage(&job, &texts).await, StageOutcome::Staged(150));
    assert!(fixture.try_claim().await.is_none());
    let indexing = fixture.document(document.id).await;
    assert_eq!(indexing.status, DocumentStatus::Indexing);
    assert_eq!((indexing.live_generation, indexing.chunk_count), (None, 0));
    assert_eq!(
        (indexing.embedded_chunks, indexing.stage_times.parsing_ms),
        (1, Some(5))
    );
    assert_eq!(
        (
            indexing.findings.title.as_deref(),
            indexing.findings.unreadable_characters
        ),
        (Some("A title of its own"), 3)
    );

    let rows = fixture.store.outbox_after(100, 10).await.unwrap();
    let sequences: Vec<u64> = rows.iter().map(OutboxRow::sequence).collect();
    assert_eq!(sequences, (101..=110).collect::<Vec<_>>());
    let OutboxRow::Upsert {
        chunk, embedder, ..
    } = &rows[0]
    else {
        panic!("{:?}", rows[0]);
    };
    assert_eq!(embedder.as_deref(), Some(EMBEDDER));
    assert_eq!(chunk.id, ChunkId::derive(document.id, 1, 100));
    assert_eq!(chunk.chunk, staged(&job, &texts).chunks[100]);
    // What was given is believed before the document itself.
    let metadata = [
        ("author", MetadataValue::Text("Ada".to_owned())),
        ("year", MetadataValue::Number(2024.0)),
    ];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value));
    assert_eq!(chunk.metadata, BTreeMap::from(metadata));
    assert_eq!(chunk.metadata, indexing.all_metadata());
    assert_eq!(indexing.metadata, document.metadata);
    assert_eq!(indexing.findings.own_metadata.left_out, 8);
    assert_eq!(chunk.knowledge_base, fixture.knowledge_base);
}

#[tokio::test]
async fn publishing_waits_for_the_last_row_and_happens_once() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["a", "b", "c"]).await;
    let store = &fixture.store;
    assert_eq!(store.publish_documents(2, NOW).await.unwrap(), []);
    assert_eq!(fixture.live(&chunk_ids(document.id, 1, 3)).await, []);
    let later = Timestamp(NOW.0 + 40);
    let published = store.publish_documents(3, later).await.unwrap();
    assert_eq!(published, [fixture.document(document.id).await]);
    let ready = &published[0];
    assert_eq!((ready.status, ready.progress), (DocumentStatus::Ready, 1.0));
    assert_eq!((ready.live_generation, ready.chunk_count), (Some(1), 3));
    assert_eq!(ready.stage_times.indexing_ms, Some(40));
    assert_eq!(ready.stage_times.parsing_ms, Some(5));
    assert_eq!(store.publish_documents(3, later).await.unwrap(), []);
    assert_eq!(
        fixture.last().await,
        3,
        "a first generation removes nothing"
    );
}

#[tokio::test]
async fn publishing_a_replacement_queues_the_removal_of_all_older_chunks() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["a", "b"]).await;
    // A second generation is staged, but the third comes before it is published.
    for bytes in ["second", "third"] {
        fixture.accept("a.txt", bytes).await;
        let job = fixture.claim().await;
        fixture.stage(&job, &[bytes]).await;
    }
    let before = fixture.last().await;
    let published = fixture.store.publish_documents(before, NOW).await.unwrap();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].live_generation, Some(3));
    let mut removed = deletes(&fixture.rows_after(before).await);
    let mut expected = chunk_ids(document.id, 1, 2);
    expected.extend(chunk_ids(document.id, 2, 1));
    removed.sort();
    expected.sort();
    assert_eq!(removed, expected);
    assert_eq!(fixture.texts(document.id).await, ["third"]);
    assert!(matches!(
        fixture.rows_after(before - 2).await[0],
        OutboxRow::Void { .. }
    ));
}

#[tokio::test]
async fn rows_of_chunks_that_are_gone_are_void() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["a", "b"]).await;
    fixture
        .store
        .delete_document(document.id, NOW)
        .await
        .unwrap();
    let rows = fixture.rows_after(0).await;
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0], OutboxRow::Void { sequence: 1 });
    assert_eq!(rows[1], OutboxRow::Void { sequence: 2 });
    assert_eq!(deletes(&rows), chunk_ids(document.id, 1, 2));
    assert_eq!(
        fixture.settle().await,
        [],
        "a deleted document is not published"
    );
}

#[tokio::test]
async fn sequences_go_on_after_trimming_and_reopening() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    fixture.ready("a.txt", &["a", "b"]).await;
    assert_eq!(fixture.count("outbox").await, 0);
    assert_eq!(fixture.store.outbox_bounds().await.unwrap(), (2, 2));
    fixture.store.trim_outbox(1).await.unwrap();
    assert_eq!(fixture.store.outbox_bounds().await.unwrap(), (2, 2));
    fixture.reopen().await;
    fixture.accept("b.txt", "b").await;
    let job = fixture.claim().await;
    assert_eq!(fixture.stage(&job, &["c"]).await, StageOutcome::Staged(3));
    assert_eq!(fixture.store.outbox_bounds().await.unwrap(), (3, 2));
}

#[tokio::test]
async fn a_rebuild_queues_live_and_staged_chunks() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let live = fixture.ready("a.txt", &["a", "b"]).await;
    let staged = fixture.accept("b.txt", "b").await;
    let job = fixture.claim().await;
    fixture.stage(&job, &["c"]).await;
    let other = knowledge_base(2, "second");
    store.insert_knowledge_base(&other).await.unwrap();

    let before = fixture.last().await;
    assert_eq!(store.enqueue_all_chunks(Some(other.id)).await.unwrap(), 0);
    let first = fixture.last().await;
    let own = store.enqueue_all_chunks(Some(fixture.knowledge_base)).await;
    assert_eq!(own.unwrap(), 3);
    let mut queued = upserts(&fixture.rows_after(first).await);
    let mut expected = chunk_ids(live.id, 1, 2);
    expected.extend(chunk_ids(staged.id, 1, 1));
    queued.sort();
    expected.sort();
    assert_eq!(queued, expected);
    assert_eq!(store.enqueue_all_chunks(None).await.unwrap(), 3);
    let published = store.publish_documents(before, NOW).await.unwrap();
    assert_eq!(published.len(), 1, "its own rows are still there");
}

#[tokio::test]
async fn a_rebuild_of_nothing_still_brings_an_index_to_the_end() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let document = fixture.ready("a.txt", &["a"]).await;
    store.delete_document(document.id, NOW).await.unwrap();
    fixture.settle().await;
    let (written, trimmed) = store.outbox_bounds().await.unwrap();
    assert_eq!((written, trimmed), (2, 2));
    assert_eq!(store.enqueue_all_chunks(None).await.unwrap(), 0);
    let rows = fixture.rows_after(0).await;
    assert_eq!(rows, [OutboxRow::Void { sequence: 3 }]);
}

#[tokio::test]
async fn a_repair_adds_what_exists_and_removes_what_does_not() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["a"]).await;
    let before = fixture.last().await;
    let known = chunk_ids(document.id, 1, 1)[0];
    let unknown = ChunkId::derive(DocumentId(Uuid::from_u128(9)), 1, 0);
    fixture
        .store
        .enqueue_chunks(&[known, unknown])
        .await
        .unwrap();
    fixture.store.enqueue_chunks(&[]).await.unwrap();
    let rows = fixture.rows_after(before).await;
    assert_eq!(
        (upserts(&rows), deletes(&rows)),
        (vec![known], vec![unknown])
    );
    assert_eq!(rows.len(), 2);
}

#[tokio::test]
async fn a_document_without_chunks_is_published_too() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.accept("a.txt", "a").await;
    let job = fixture.claim().await;
    assert_eq!(fixture.stage(&job, &[]).await, StageOutcome::Staged(0));
    let published = fixture.store.publish_documents(0, NOW).await.unwrap();
    assert_eq!(published.len(), 1);
    assert_eq!(
        fixture.document(document.id).await.status,
        DocumentStatus::Ready
    );
    let deleted = fixture.store.delete_document(document.id, NOW).await;
    assert_eq!(deleted.unwrap(), Some(0));
    assert_eq!(fixture.store.purge_deleted(0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn chunks_that_wait_for_their_vectors_are_queued_once_more_and_only_once() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let document = fixture.ready("a.txt", &["a", "b"]).await;
    let other = fixture.ready("b.txt", &["c"]).await;
    let own = chunk_ids(document.id, 1, 2);
    let gone = chunk_ids(other.id, 1, 1);
    let unknown = ChunkId::derive(DocumentId(Uuid::from_u128(9)), 1, 0);
    for _ in 0..2 {
        let noted = [own[0], gone[0], unknown];
        fixture.store.note_unembedded(&noted).await.unwrap();
    }
    fixture.store.delete_document(other.id, NOW).await.unwrap();
    fixture.reopen().await;
    let store = &fixture.store;
    let waiting = store.unembedded_knowledge_bases().await.unwrap();
    assert_eq!(waiting, [fixture.knowledge_base]);
    let before = fixture.last().await;
    let second = knowledge_base(2, "second").id;
    assert_eq!(store.enqueue_unembedded(second).await.unwrap(), 0);
    let queued = store.enqueue_unembedded(fixture.knowledge_base).await;
    assert_eq!(queued.unwrap(), 1);
    assert_eq!(upserts(&fixture.rows_after(before).await), [own[0]]);
    let queued = store.enqueue_unembedded(fixture.knowledge_base).await;
    assert_eq!(queued.unwrap(), 0);
    assert!(store.unembedded_knowledge_bases().await.unwrap().is_empty());
}
