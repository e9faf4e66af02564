use std::time::Duration;

use tokio::sync::{Notify, watch};

/// The position of the indexes, and a signal that wakes the indexer.
pub(crate) struct IndexProgress {
    /// Rows of the outbox were written.
    written: Notify,
    /// Position up to which everything is applied and published in this run of the process.
    position: watch::Sender<u64>,
}

impl IndexProgress {
    pub(crate) fn new() -> Self {
        Self {
            written: Notify::new(),
            position: watch::Sender::new(0),
        }
    }

    /// Wakes the indexer after rows of the outbox were written.
    pub(crate) fn wake(&self) {
        self.written.notify_one();
    }

    /// Waits until [`Self::wake`] was called since the last time. For the indexer alone.
    pub(crate) async fn woken(&self) {
        self.written.notified().await;
    }

    /// The position up to which everything is applied and published in this run of the process.
    pub(crate) fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Publishes the new position of the indexes. For the indexer alone.
    pub(crate) fn reached(&self, position: u64) {
        self.position.send_replace(position);
    }

    /// Waits until the indexes have applied everything up to `sequence`. Returns false if the time is over first.
    pub(crate) async fn wait_for(&self, sequence: u64, at_most: Duration) -> bool {
        self.wake();
        let mut position = self.position.subscribe();
        let reached = position.wait_for(|position| *position >= sequence);
        tokio::time::timeout(at_most, reached)
            .await
            .is_ok_and(|reached| reached.is_ok())
    }
}
