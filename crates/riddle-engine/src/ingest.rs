//! From uploaded bytes to searchable chunks.
//!
//! `upload` makes bytes durable, `dispatcher` hands jobs out, `process` turns one document into staged chunks,
//! `indexer` brings staged chunks into the indexes and publishes them, `documents` is what callers see of it.

mod blobs;
mod chunk_measure;
mod dispatcher;
mod documents;
mod embed;
mod in_hand;
mod indexer;
mod origins;
pub(crate) mod point;
mod process;
mod progress;
#[cfg(test)]
mod tests;
mod upload;

use std::sync::Arc;

use riddle_ingest::Extractor;
use tokio::sync::{Notify, watch};
use tokio_util::task::TaskTracker;

pub use documents::DocumentContent;
pub use upload::{Accepted, Upload, UploadWriter};

pub(crate) use blobs::BlobState;
pub(crate) use chunk_measure::ChunkMeasure;
pub(crate) use indexer::{purge, wait_for_position};

use crate::audit::Damage;
use crate::engine::{EngineOptions, Inner};
use crate::error::EngineError;
use blobs::BlobStore;
use embed::EmbedQueues;
use in_hand::InHand;
use origins::Origins;
use point::IngestProbe;
use progress::Progress;

/// Failures that are not the document's fault before it is given up.
const MAX_ATTEMPTS: u32 = 3;
/// Ends of the server while a document alone was in work, and panics in it, before it is set aside: one bad document
/// must not loop the server.
const MAX_CRASHES: u32 = 5;

/// What the tasks of the ingest path share.
pub(crate) struct IngestState {
    pub(crate) extractor: Arc<Extractor>,
    pub(crate) probe: Arc<dyn IngestProbe>,
    pub(crate) blobs: BlobStore,
    pub(crate) in_hand: InHand,
    pub(crate) damage: Damage,
    pub(crate) progress: Progress,
    pub(crate) embed_queues: EmbedQueues,
    pub(crate) origins: Origins,
    /// Identity of this run of the process; owns the leases.
    pub(crate) boot: String,
    /// Wakes the dispatcher: a job was queued.
    pub(crate) job_queued: Notify,
    /// Wakes the indexer: outbox rows were written.
    pub(crate) outbox_written: Notify,
    /// Wakes the optimizer: enough was added to the indexes, or a batch of work has ended.
    pub(crate) optimize_due: Notify,
    /// Position up to which everything is applied and published in this run of the process.
    pub(crate) position: watch::Sender<u64>,
    pub(crate) tasks: TaskTracker,
}

impl IngestState {
    pub(crate) fn open(
        options: &EngineOptions,
        extractor: Arc<Extractor>,
        probe: Arc<dyn IngestProbe>,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            extractor,
            probe,
            blobs: BlobStore::open(&options.data_dir)?,
            in_hand: InHand::open(&options.data_dir)?,
            damage: Damage::default(),
            progress: Progress::new(),
            embed_queues: EmbedQueues::default(),
            origins: Origins::default(),
            boot: uuid::Uuid::new_v4().to_string(),
            job_queued: Notify::new(),
            outbox_written: Notify::new(),
            optimize_due: Notify::new(),
            position: watch::Sender::new(0),
            tasks: TaskTracker::new(),
        })
    }
}

/// Repairs what the last run left and starts the tasks.
pub(crate) async fn start(inner: &Arc<Inner>) -> Result<(), EngineError> {
    let state = &inner.ingest;
    let in_hand = state.in_hand.left_behind()?;
    let now = inner.clock.now();
    let (freed, quarantined) = inner
        .store
        .recover_jobs(&state.boot, &in_hand, MAX_CRASHES, now)
        .await?;
    state.in_hand.clear(&in_hand);
    dispatcher::cut_waits(inner).await?;
    if freed > 0 {
        let in_hand = in_hand.len();
        tracing::info!(
            freed,
            in_hand,
            quarantined,
            "recovered jobs of an earlier run"
        );
    }
    remove_orphans(inner).await?;
    let (written, trimmed) = inner.store.outbox_bounds().await?;
    let position = inner.index.position();
    if position > written {
        return Err(EngineError::IndexAhead {
            index: position,
            database: written,
        });
    }
    if position < trimmed {
        let queued = inner.store.enqueue_all_chunks(None).await?;
        tracing::warn!(
            queued,
            "an index is behind the database and is being rebuilt"
        );
    }
    state.tasks.spawn(indexer::run(Arc::clone(inner)));
    state.tasks.spawn(indexer::optimize(Arc::clone(inner)));
    state.tasks.spawn(dispatcher::run(Arc::clone(inner)));
    state.tasks.close();
    Ok(())
}

/// Waits until the tasks have ended at the next safe point; the engine's token tells them to.
pub(crate) async fn stop(inner: &Inner) {
    inner.ingest.tasks.wait().await;
}

/// Removes blobs whose upload ended between the file and its row in the database.
async fn remove_orphans(inner: &Inner) -> Result<(), EngineError> {
    let blobs = inner.ingest.blobs.list()?;
    for hash in inner.store.unreferenced_blobs(&blobs).await? {
        inner.ingest.blobs.remove(hash)?;
    }
    Ok(())
}
