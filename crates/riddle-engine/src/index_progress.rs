use std::time::Duration;

use tokio::sync::{Notify, watch};

/// How far the indexes have come, and the call to bring more into them.
pub(crate) struct IndexProgress {
    /// Rows of the outbox were written.
    written: Notify,
    /// Position up to which everything is applied and published in this run of the process.
    position: watch::Sender<u64>,
}

impl IndexProgress {
    /// Nothing is applied in this run yet.
    pub(crate) fn new() -> Self {
        Self {
            written: Notify::new(),
            position: watch::Sender::new(0),
        }
    }

    /// Wakes the indexer: rows of the outbox were written.
    pub(crate) fn wake(&self) {
        self.written.notify_one();
    }

    /// Ready when somebody has called [`Self::wake`] since the last time. For the indexer alone.
    pub(crate) async fn woken(&self) {
        self.written.notified().await;
    }

    /// The position up to which everything is applied and published in this run of the process.
    pub(crate) fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Tells those who wait how far the indexes are now. For the indexer alone.
    pub(crate) fn reached(&self, position: u64) {
        self.position.send_replace(position);
    }

    /// Waits until the indexes have applied everything up to `sequence`, or the time is over; whether they have.
    pub(crate) async fn wait_for(&self, sequence: u64, at_most: Duration) -> bool {
        self.wake();
        let mut position = self.position.subscribe();
        let reached = position.wait_for(|position| *position >= sequence);
        tokio::time::timeout(at_most, reached)
            .await
            .is_ok_and(|reached| reached.is_ok())
    }
}
