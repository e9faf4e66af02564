//! Documents that may have ended an earlier run of the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::StoreError;

use super::Ingest;
use super::dispatcher::{LEASE_END, attempt};
use super::places::Lane;

/// Tries them one by one, each alone in work, so that one that ends this run too is known. Others get as long in
/// between as each of them took.
pub(crate) struct Suspects {
    /// Whether there may be some.
    left: bool,
    /// When the next one is tried.
    next: Instant,
}

impl Suspects {
    /// Of an earlier run; they come first.
    pub(crate) fn of_earlier_run() -> Self {
        Self {
            left: true,
            next: Instant::now(),
        }
    }

    /// Whether one is to be tried now, before others.
    pub(crate) fn are_due(&self) -> bool {
        self.left && self.next <= Instant::now()
    }

    /// Nothing else is to be done, so the next is tried now. Whether there may be one.
    pub(crate) fn go_on(&mut self) -> bool {
        self.next = Instant::now();
        self.left
    }

    /// Tries the next one, if there is any, when no other document is in work.
    pub(crate) async fn try_next(&mut self, ingest: &Arc<Ingest>) -> Result<(), StoreError> {
        let shared = &ingest.shared;
        let alone = tokio::select! {
            alone = ingest.places.in_work(true) => alone,
            () = shared.stopping.cancelled() => return Ok(()),
        };
        let claimed = shared
            .store
            .claim_suspect(&ingest.boot, shared.clock.now(), LEASE_END);
        let Some(job) = claimed.await? else {
            self.left = false;
            return Ok(());
        };
        let started = Instant::now();
        attempt(Arc::clone(ingest), job, Lane::Quick).await;
        drop(alone);
        self.took(started.elapsed());
        Ok(())
    }

    fn took(&mut self, time: Duration) {
        self.next = Instant::now() + time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_get_as_long_as_a_suspect_took_unless_there_are_none() {
        let mut suspects = Suspects::of_earlier_run();
        assert!(suspects.are_due());
        suspects.took(Duration::from_secs(3_600));
        assert!(!suspects.are_due());
        assert!(suspects.go_on());
        assert!(suspects.are_due());
    }
}
