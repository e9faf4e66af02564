use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    ChunkRecord, ContentHash, IndexEntry, IndexOperation, OutboxRow, SequencedOperation,
    StoreError, error_chain,
};

use crate::blocking::run_blocking;
use crate::disk::Writing;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::ingest::embed::embed_missing;
use crate::ingest::point::IngestPoint;

/// Outbox rows of one application.
const ROWS_PER_ROUND: u32 = 2_000;
/// Least time between two applications while documents keep coming: each one costs a commit, and a commit of many
/// rows costs little more than one of few.
const ROUND_PAUSE: Duration = Duration::from_millis(300);
/// How long to wait after a store failed.
const ERROR_PAUSE: Duration = Duration::from_secs(1);
/// Upper bound of a sleep, should a wake-up ever be missed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Rows applied before search structures are rebuilt while more keep coming. Rarely: the index takes no changes while
/// it rebuilds them.
const ROWS_BEFORE_OPTIMIZE: usize = 200_000;

/// Brings outbox rows into the indexes and publishes documents until the engine stops.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut unoptimized = 0;
    adopt_embedders(&inner).await;
    while !inner.stopping.is_cancelled() {
        match round(&inner).await {
            Ok(0) => {
                if unoptimized > 0 {
                    inner.ingest.optimize_due.notify_one();
                    unoptimized = 0;
                }
                tokio::select! {
                    () = inner.ingest.outbox_written.notified() => {}
                    () = tokio::time::sleep(LONGEST_SLEEP) => {}
                    () = inner.stopping.cancelled() => {}
                }
            }
            Ok(rows) => {
                unoptimized += rows;
                if unoptimized >= ROWS_BEFORE_OPTIMIZE {
                    inner.ingest.optimize_due.notify_one();
                    unoptimized = 0;
                }
                if rows < ROWS_PER_ROUND as usize
                    && inner.store.pending_jobs().await.unwrap_or(0) > 0
                {
                    pause(&inner, ROUND_PAUSE).await;
                }
            }
            Err(error) if inner.disk.is_cause_of(&error) => {
                pause(&inner, ERROR_PAUSE).await;
                inner.disk.wait(Writing::Accepted, &inner.stopping).await;
            }
            Err(error) => {
                tracing::error!(
                    error = error_chain(&error),
                    "cannot bring changes into the indexes"
                );
                pause(&inner, ERROR_PAUSE).await;
            }
        }
    }
}

/// Builds search structures whenever enough was added, beside the indexer, until the engine stops.
pub(crate) async fn optimize(inner: Arc<Inner>) {
    loop {
        tokio::select! {
            () = inner.ingest.optimize_due.notified() => {}
            () = inner.stopping.cancelled() => return,
        }
        let index = Arc::clone(&inner.index);
        let optimized = run_blocking("optimizing the indexes", move || index.optimize()).await;
        if let Err(error) = optimized.and_then(|optimized| Ok(optimized?)) {
            tracing::error!(error = error_chain(&error), "cannot optimize the indexes");
        }
    }
}

/// Waits until the indexes have applied everything up to `sequence`, or the time is over.
pub(crate) async fn wait_for_position(inner: &Inner, sequence: u64, at_most: Duration) -> bool {
    inner.ingest.outbox_written.notify_one();
    let mut position = inner.ingest.position.subscribe();
    let reached = position.wait_for(|position| *position >= sequence);
    tokio::time::timeout(at_most, reached)
        .await
        .is_ok_and(|reached| reached.is_ok())
}

/// Applies one batch of rows and publishes what they complete. Returns 0 when there was nothing to do.
async fn round(inner: &Arc<Inner>) -> Result<usize, EngineError> {
    let rows = inner
        .store
        .outbox_after(inner.index.position(), ROWS_PER_ROUND)
        .await?;
    let count = rows.len();
    if count > 0 {
        if rows
            .iter()
            .any(|row| matches!(row, OutboxRow::Upsert { .. }))
        {
            inner.disk.check(Writing::Accepted, 0)?;
        }
        let operations = operations(inner, rows).await?;
        let index = Arc::clone(&inner.index);
        run_blocking("changing the indexes", move || index.apply(&operations)).await??;
        inner.ingest.probe.reached(IngestPoint::IndexApplied);
    }
    let position = inner.index.position();
    let published = inner
        .store
        .publish_documents(position, inner.clock.now())
        .await?;
    if !published.is_empty() {
        inner.ingest.probe.reached(IngestPoint::DocumentPublished);
    }
    for document in &published {
        inner.ingest.progress.settle(document);
    }
    if count > 0 {
        inner.store.trim_outbox(position).await?;
        inner.ingest.probe.reached(IngestPoint::OutboxTrimmed);
    }
    purge(inner, position).await?;
    inner.ingest.position.send_replace(position);
    // Publishing queues the removal of older generations, which the next round applies.
    Ok(count + published.len())
}

/// Removes what is left of deleted documents whose operations lie at or below `position`, and of replaced ones, their
/// blobs last.
pub(crate) async fn purge(inner: &Arc<Inner>, position: u64) -> Result<(), EngineError> {
    inner.store.prune_embeddings().await?;
    let removing = inner.ingest.blobs.removal.write().await;
    let unreferenced = inner.store.purge_deleted(position).await?;
    if unreferenced.is_empty() {
        return Ok(());
    }
    inner.ingest.probe.reached(IngestPoint::DeletePurged);
    let blobs = Arc::clone(inner);
    let remove = move || {
        let mut hashes = unreferenced.into_iter();
        hashes.try_for_each(|hash| blobs.ingest.blobs.remove(hash))
    };
    run_blocking("removing originals", remove).await??;
    drop(removing);
    Ok(())
}

/// Turns rows into operations, with the vectors that the upserts need.
async fn operations(
    inner: &Arc<Inner>,
    rows: Vec<OutboxRow>,
) -> Result<Vec<SequencedOperation>, EngineError> {
    let mut wanted: HashMap<String, Vec<(usize, ContentHash, String)>> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        if let OutboxRow::Upsert {
            chunk,
            embedder: Some(fingerprint),
            ..
        } = row
        {
            let chunk = &chunk.chunk;
            let texts = wanted.entry(fingerprint.clone()).or_default();
            texts.push((place, chunk.text_hash(), chunk.indexed_text()));
        }
    }
    let mut vectors: HashMap<usize, (String, Vec<f32>)> = HashMap::new();
    for (fingerprint, texts) in wanted {
        let places: Vec<usize> = texts.iter().map(|(place, ..)| *place).collect();
        let found = vectors_of(inner, &fingerprint, texts).await?;
        for (place, vector) in places.into_iter().zip(found) {
            if let Some(vector) = vector {
                vectors.insert(place, (fingerprint.clone(), vector));
            }
        }
    }
    Ok(rows
        .into_iter()
        .enumerate()
        .map(|(place, row)| operation(row, vectors.remove(&place)))
        .collect())
}

/// Vectors from the cache, or made now if their embedder is the one in use; `None` where neither can be.
async fn vectors_of(
    inner: &Arc<Inner>,
    fingerprint: &str,
    texts: Vec<(usize, ContentHash, String)>,
) -> Result<Vec<Option<Vec<f32>>>, EngineError> {
    let hashes: Vec<ContentHash> = texts.iter().map(|(_, hash, _)| *hash).collect();
    let mut found = inner.store.cached_embeddings(fingerprint, &hashes).await?;
    if found.iter().all(Option::is_some) {
        return Ok(found);
    }
    let loaded = inner.models.loaded_embedders();
    let Some(name) = loaded
        .iter()
        .find(|(info, _)| info.reads(fingerprint))
        .map(|(info, _)| info.name.clone())
    else {
        // The embedder has changed; its successor's vectors come with `adopt_embedders`.
        return Ok(found);
    };
    let embedder = inner.models.embedder(&name).await?.under(Some(fingerprint));
    let missing: Vec<usize> = (0..found.len())
        .filter(|place| found[*place].is_none())
        .collect();
    let entries = missing
        .iter()
        .map(|place| (texts[*place].1, texts[*place].2.clone()))
        .collect();
    let (made, _count) = embed_missing(inner, &embedder, entries).await?;
    for (place, vector) in missing.into_iter().zip(made) {
        found[place] = Some(vector);
    }
    Ok(found)
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

/// Gives each knowledge base the fingerprint of the embedder that this machine now has under its name, and queues
/// its chunks for new vectors where that differs: vectors of two models must never be compared.
async fn adopt_embedders(inner: &Arc<Inner>) {
    let knowledge_bases = match inner.store.list_knowledge_bases().await {
        Ok(knowledge_bases) => knowledge_bases,
        Err(error) => {
            tracing::error!(error = %error_chain(&error), "cannot list knowledge bases");
            return;
        }
    };
    for summary in knowledge_bases {
        let mut knowledge_base = summary.knowledge_base;
        let Some(name) = &knowledge_base.settings.embedder else {
            continue;
        };
        let fingerprint = match inner.models.embedder(name).await {
            Ok(embedder) => {
                let stored = knowledge_base.embedder_fingerprint.as_deref();
                embedder.under(stored).info.fingerprint.clone()
            }
            Err(error) => {
                tracing::warn!(knowledge_base = %knowledge_base.id, %error, "dense search is off");
                continue;
            }
        };
        if knowledge_base.embedder_fingerprint.as_ref() == Some(&fingerprint) {
            continue;
        }
        knowledge_base.embedder_fingerprint = Some(fingerprint);
        let id = knowledge_base.id;
        let adopted = async {
            // Queued first: a stop in between only means that they are queued again.
            let chunks = inner.store.enqueue_all_chunks(Some(id)).await?;
            inner.store.update_knowledge_base(&knowledge_base).await?;
            Ok::<_, StoreError>(chunks)
        };
        match adopted.await {
            Ok(chunks) => {
                tracing::info!(knowledge_base = %id, chunks, "the embedder has changed; making new vectors")
            }
            Err(error) => {
                tracing::error!(knowledge_base = %id, error = %error_chain(&error), "cannot adopt the changed embedder")
            }
        }
    }
}

async fn pause(inner: &Inner, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = inner.stopping.cancelled() => {}
    }
}
