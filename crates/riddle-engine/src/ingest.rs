//! From uploaded bytes to searchable chunks.
//!
//! `upload` makes bytes durable, `dispatcher` hands jobs out for which there are `places`, `process` turns one document
//! into staged chunks,
//! `indexer` brings staged chunks into the indexes and publishes them, `away` what waited for another server,
//! `documents` is what callers see of it.

mod away;
mod cutting_time;
mod dispatcher;
mod documents;
mod embed;
mod embedder_change;
mod in_hand;
mod indexer;
mod parsing;
pub(crate) mod places;
pub(crate) mod point;
mod process;
mod progress;
mod reading;
mod suspects;
#[cfg(test)]
mod tests;
mod unread_language;
mod upload;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use riddle_core::Extractor;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

pub use documents::DocumentContent;
pub use embedder_change::EmbedderChange;
pub use upload::{AcceptedUpload, Upload, UploadWriter};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::shared::Shared;
use crate::supervised::supervised;
use embed::EmbedQueues;
use embedder_change::EmbedderChanges;
use in_hand::InHandFolder;
use places::Places;
use point::IngestProbe;
use progress::Progress;

/// How often a document may fail by no fault of its own before it is given up.
const MAX_ATTEMPTS: u32 = 3;
/// How often a document may panic, or end the server while no other document is in work, before it is set aside. One
/// bad document must not end the server again and again.
const MAX_CRASHES: u32 = 5;

/// Adds, processes and deletes documents.
pub(crate) struct Ingest {
    shared: Arc<Shared>,
    extractor: Arc<dyn Extractor>,
    probe: Arc<dyn IngestProbe>,
    in_hand: InHandFolder,
    progress: Progress,
    places: Places,
    embed_queues: EmbedQueues,
    embedder_changes: EmbedderChanges,
    /// Identity of this run of the process; owns the leases.
    boot: String,
    /// Wakes the dispatcher: a job was queued.
    job_queued: Notify,
    /// Wakes the optimizer: enough was added to the indexes, or a batch of work has ended.
    optimize_due: Notify,
    /// Position at which the indexes were last seen. It falls where a store has lost what it had.
    seen_position: AtomicU64,
    tasks: TaskTracker,
}

impl Ingest {
    /// Opens the folder of the originals; nothing runs yet.
    pub(crate) fn open(
        shared: Arc<Shared>,
        extractor: Arc<dyn Extractor>,
        probe: Arc<dyn IngestProbe>,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            extractor,
            probe,
            in_hand: InHandFolder::open(&shared.options.data_dir)?,
            progress: Progress::new(),
            places: Places::new(shared.options.parse_workers),
            embed_queues: EmbedQueues::default(),
            embedder_changes: EmbedderChanges::default(),
            boot: shared.clock.new_id().to_string(),
            job_queued: Notify::new(),
            optimize_due: Notify::new(),
            seen_position: AtomicU64::new(0),
            tasks: TaskTracker::new(),
            shared,
        })
    }

    /// Cleans up after the last run and starts the tasks.
    pub(crate) async fn start(self: &Arc<Self>) -> Result<(), EngineError> {
        self.recover_jobs().await?;
        dispatcher::cut_waits(self).await?;
        self.remove_orphans().await?;
        let (written, trimmed) = self.shared.store.outbox_bounds().await?;
        let position = self.shared.index.position();
        if position > written {
            return Err(EngineError::IndexAhead {
                index: position,
                database: written,
            });
        }
        self.seen_position.store(position, Ordering::Relaxed);
        let is_outdated = self.shared.index.is_outdated();
        if position < trimmed || is_outdated {
            let queued = self.shared.store.enqueue_all_chunks(None).await?;
            tracing::warn!(
                queued,
                is_outdated,
                "an index is behind the database or of an earlier version and is being rebuilt"
            );
        }
        if is_outdated {
            self.announce_renewal().await?;
        }
        self.spawn("bringing changes into the indexes", indexer::run);
        self.spawn("optimizing the indexes", indexer::optimize);
        self.spawn("taking documents from the queue", dispatcher::run);
        self.spawn("looking after embedders that are away", away::run);
        self.spawn(
            "giving knowledge bases other embedders",
            embedder_change::run,
        );
        Ok(())
    }

    fn spawn<W: Future<Output = ()> + Send + 'static>(
        self: &Arc<Self>,
        doing: &'static str,
        work: fn(Arc<Self>) -> W,
    ) {
        let own = Arc::clone(self);
        let stopping = self.shared.stopping.clone();
        let begin = move || work(Arc::clone(&own));
        self.tasks.spawn(supervised(doing, stopping, begin));
    }

    /// Tells the index where the queue ends in which all its chunks are. After a stop before this they are queued once
    /// more, which does no harm.
    async fn announce_renewal(&self) -> Result<(), EngineError> {
        let (written, _trimmed) = self.shared.store.outbox_bounds().await?;
        let index = Arc::clone(&self.shared.index);
        run_blocking("renewing the index", move || index.renewed_at(written)).await??;
        Ok(())
    }

    /// Frees the jobs of the last run, and finds the documents that may have ended it.
    async fn recover_jobs(&self) -> Result<(), EngineError> {
        let in_hand = self.in_hand.left_behind()?;
        let (freed, quarantined) = self
            .shared
            .store
            .recover_jobs(&self.boot, &in_hand, MAX_CRASHES, self.shared.clock.now())
            .await?;
        self.in_hand.clear(&in_hand);
        if freed > 0 {
            let in_hand = in_hand.len();
            tracing::info!(
                freed,
                in_hand,
                quarantined,
                "recovered jobs of an earlier run"
            );
        }
        Ok(())
    }

    /// Waits until the tasks have ended. They end at the next safe point after the engine's token is cancelled.
    pub(crate) async fn stop(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Removes blobs without a document: the server ended after it had written the file and before the database.
    async fn remove_orphans(&self) -> Result<(), EngineError> {
        let Some(_right) = self.shared.blobs.may_remove()? else {
            return Ok(());
        };
        let blobs = self.shared.blobs.list()?;
        for hash in self.shared.store.unreferenced_blobs(&blobs).await? {
            self.shared.blobs.remove(hash)?;
        }
        Ok(())
    }

    /// Removes what is left of deleted documents whose operations lie at or below `position`, their blobs last.
    pub(crate) async fn purge(self: &Arc<Self>, position: u64) -> Result<(), EngineError> {
        indexer::purge(self, position).await
    }
}
