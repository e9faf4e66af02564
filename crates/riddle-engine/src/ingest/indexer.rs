mod vectors;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use riddle_core::{
    ChunkId, ChunkRecord, IndexEntry, IndexOperation, OutboxRow, SequencedOperation,
};
use tracing::{Instrument, Span};

use crate::blocking::run_blocking;
use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::point::IngestPoint;
use crate::standing::Standing;
use vectors::{Wanted, vectors_of};

/// Most outbox rows that are applied together.
const ROWS_PER_ROUND: u32 = 2_000;
/// Least time between two applications while documents keep coming. Each costs a commit, and a commit of many rows
/// costs little more than one of few.
const ROUND_PAUSE: Duration = Duration::from_millis(300);
/// How long to wait after a store failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);
/// Longest sleep, in case a wake-up is missed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Rows that are applied between two rebuilds of the search structures while more keep coming. They are many, because
/// the index takes no changes during a rebuild.
const ROWS_BEFORE_OPTIMIZE: usize = 200_000;

/// Brings outbox rows into the indexes and publishes documents until the engine stops.
pub(crate) async fn run(ingest: Arc<Ingest>) {
    let mut unoptimized = 0;
    while !ingest.shared.stopping.is_cancelled() {
        let round = round(&ingest).await;
        if round.is_ok() {
            ingest.shared.background.indexing.succeeded();
        }
        match round {
            Ok(0) => {
                if unoptimized > 0 {
                    ingest.optimize_due.notify_one();
                    unoptimized = 0;
                }
                tokio::select! {
                    () = ingest.shared.index_progress.woken() => {}
                    () = tokio::time::sleep(LONGEST_SLEEP) => {}
                    () = ingest.shared.stopping.cancelled() => {}
                }
            }
            Ok(rows) => {
                unoptimized += rows;
                if unoptimized >= ROWS_BEFORE_OPTIMIZE {
                    ingest.optimize_due.notify_one();
                    unoptimized = 0;
                }
                if rows < ROWS_PER_ROUND as usize
                    && ingest.shared.store.pending_jobs().await.unwrap_or(0) > 0
                {
                    pause(&ingest, ROUND_PAUSE).await;
                }
            }
            Err(error) => {
                let shared = &ingest.shared;
                let is_disk_full = shared.disk.is_cause_of(&error);
                shared.background.indexing.failed(&error, is_disk_full);
                pause(&ingest, ERROR_PAUSE).await;
                if is_disk_full {
                    shared
                        .disk
                        .room_for(WriteKind::Accepted, &shared.stopping)
                        .await;
                }
            }
        }
    }
}

/// Builds search structures whenever enough was added, beside the indexer, until the engine stops.
pub(crate) async fn optimize(ingest: Arc<Ingest>) {
    // Not in the health report: searches go on without it, only slower.
    let standing = Standing::of("optimizing the indexes");
    loop {
        tokio::select! {
            () = ingest.optimize_due.notified() => {}
            () = ingest.shared.stopping.cancelled() => return,
        }
        let index = Arc::clone(&ingest.shared.index);
        let optimized = run_blocking("optimizing the indexes", move || index.optimize()).await;
        match optimized.and_then(|optimized| Ok(optimized?)) {
            Ok(()) => standing.succeeded(),
            Err(error) => standing.failed(&error, ingest.shared.disk.is_cause_of(&error)),
        }
    }
}

/// Applies one batch of rows and publishes what they complete. Returns 0 when there was nothing to do.
pub(super) async fn round(ingest: &Arc<Ingest>) -> Result<usize, EngineError> {
    let position = ingest.shared.index.position();
    if position < ingest.seen_position.load(Ordering::Relaxed) {
        refill(ingest, position).await?;
    }
    ingest.seen_position.store(position, Ordering::Relaxed);
    let rows = ingest.shared.store.outbox_after(position, ROWS_PER_ROUND);
    let rows = rows.await?;
    let span = match (rows.first(), rows.last()) {
        // A trace of its own, for rows of many documents. Of the highest level, as that of an ingest.
        (Some(first), Some(last)) => tracing::error_span!(
            parent: None,
            "index",
            // Signed: traces know no other numbers, and would show a text.
            rows = rows.len().cast_signed(),
            first = first.sequence().cast_signed(),
            last = last.sequence().cast_signed(),
        ),
        _ => Span::none(),
    };
    apply(ingest, rows).instrument(span).await
}

/// Queues everything again where an index has fallen behind what the outbox still has, as one does whose server has
/// lost its vectors.
async fn refill(ingest: &Ingest, position: u64) -> Result<(), EngineError> {
    let store = &ingest.shared.store;
    let (_written, trimmed) = store.outbox_bounds().await?;
    if position < trimmed {
        let queued = store.enqueue_all_chunks(None).await?;
        tracing::warn!(
            queued,
            position,
            "an index has lost what it had and is being rebuilt"
        );
    }
    Ok(())
}

/// Applies rows, and publishes and purges what the indexes are far enough for.
async fn apply(ingest: &Arc<Ingest>, rows: Vec<OutboxRow>) -> Result<usize, EngineError> {
    let count = rows.len();
    if count > 0 {
        if rows
            .iter()
            .any(|row| matches!(row, OutboxRow::Upsert { .. }))
        {
            ingest.shared.disk.check(WriteKind::Accepted, 0)?;
        }
        let operations = operations(ingest, rows).await?;
        let index = Arc::clone(&ingest.shared.index);
        run_blocking("changing the indexes", move || index.apply(&operations)).await??;
        ingest.probe.reached(IngestPoint::IndexApplied);
    }
    let position = ingest.shared.index.position();
    let published = ingest
        .shared
        .store
        .publish_documents(position, ingest.shared.clock.now())
        .await?;
    if !published.is_empty() {
        ingest.probe.reached(IngestPoint::DocumentPublished);
    }
    for document in &published {
        ingest.progress.settle(document);
    }
    if count > 0 {
        ingest.shared.store.trim_outbox(position).await?;
        ingest.probe.reached(IngestPoint::OutboxTrimmed);
    }
    purge(ingest, position).await?;
    ingest.shared.index_progress.reached(position);
    // Publishing queues the removal of older generations. The next round applies it.
    Ok(count + published.len())
}

/// Removes the rest of deleted and replaced documents whose operations lie at or below `position`. Blobs go last.
pub(crate) async fn purge(ingest: &Arc<Ingest>, position: u64) -> Result<(), EngineError> {
    ingest.shared.store.prune_embeddings().await?;
    let removing = ingest.shared.blobs.removal.write().await;
    // What is deleted is hidden already; the rest of it waits for the end of a backup.
    let Some(_right) = ingest.shared.blobs.may_remove()? else {
        return Ok(());
    };
    let unreferenced = ingest.shared.store.purge_deleted(position).await?;
    if unreferenced.is_empty() {
        return Ok(());
    }
    ingest.probe.reached(IngestPoint::DeletePurged);
    let own = Arc::clone(ingest);
    let remove = move || {
        let mut hashes = unreferenced.into_iter();
        hashes.try_for_each(|hash| own.shared.blobs.remove(hash))
    };
    run_blocking("removing originals", remove).await??;
    drop(removing);
    Ok(())
}

/// Turns rows into operations, with the vectors that the upserts need. Chunks whose vectors are to come later are noted
/// before they are applied, so that none is forgotten.
async fn operations(
    ingest: &Arc<Ingest>,
    rows: Vec<OutboxRow>,
) -> Result<Vec<SequencedOperation>, EngineError> {
    let mut wanted: HashMap<String, Vec<Wanted>> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        if let OutboxRow::Upsert {
            chunk,
            embedder: Some(fingerprint),
            ..
        } = row
        {
            let texts = wanted.entry(fingerprint.clone()).or_default();
            texts.push(Wanted::of(place, chunk));
        }
    }
    let mut vectors: HashMap<usize, (String, Vec<f32>)> = HashMap::new();
    let mut awaited: Vec<ChunkId> = Vec::new();
    for (fingerprint, texts) in wanted {
        let made = vectors_of(ingest, &fingerprint, &texts).await?;
        for (text, vector) in texts.iter().zip(made.vectors) {
            match vector {
                Some(vector) => {
                    vectors.insert(text.place, (fingerprint.clone(), vector));
                }
                None if made.awaits_server => awaited.push(text.chunk),
                None => {}
            }
        }
    }
    if !awaited.is_empty() {
        ingest.shared.store.note_unembedded(&awaited).await?;
        ingest.shared.models.away().wait();
    }
    Ok(rows
        .into_iter()
        .enumerate()
        .map(|(place, row)| operation(row, vectors.remove(&place)))
        .collect())
}

fn operation(row: OutboxRow, embedding: Option<(String, Vec<f32>)>) -> SequencedOperation {
    let sequence = row.sequence();
    let operation = match row {
        OutboxRow::Upsert { chunk, .. } => {
            IndexOperation::Upsert(Box::new(entry(*chunk, embedding)))
        }
        OutboxRow::Delete { chunk, .. } => IndexOperation::Delete(chunk),
        OutboxRow::Void { .. } => IndexOperation::Skip,
    };
    SequencedOperation {
        sequence,
        operation,
    }
}

fn entry(record: ChunkRecord, embedding: Option<(String, Vec<f32>)>) -> IndexEntry {
    IndexEntry {
        chunk: record.id,
        knowledge_base: record.knowledge_base,
        document: record.document,
        text: record.chunk.indexed_text(),
        metadata: record.metadata,
        embedding,
    }
}

async fn pause(ingest: &Ingest, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = ingest.shared.stopping.cancelled() => {}
    }
}
