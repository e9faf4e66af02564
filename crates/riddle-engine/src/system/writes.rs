//! Finds out whether the database can be written, by writing to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::{Store, StoreError, error_chain};
use tokio::sync::watch;

/// How long the outcome of a write counts.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// How long a report waits for its write. After that it reports the outcome before, because a write may merely wait
/// behind a long change.
const WAIT: Duration = Duration::from_millis(50);

/// The outcome of the last write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum WriteHealth {
    Fine,
    /// The database refused it. The text says what a person can do.
    Refused(String),
}

/// The last write and the running one.
pub(super) struct WriteProbe {
    begun: Mutex<Option<Instant>>,
    outcome: watch::Sender<(u64, WriteHealth)>,
}

impl Default for WriteProbe {
    fn default() -> Self {
        Self {
            begun: Mutex::new(None),
            outcome: watch::Sender::new((0, WriteHealth::Fine)),
        }
    }
}

impl WriteProbe {
    /// Whether a write is due. If so, it counts as begun.
    fn is_due(&self, now: Instant) -> bool {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.is_some_and(|begun| now.duration_since(begun) < FRESH_FOR) {
            return false;
        }
        *begun = Some(now);
        true
    }

    /// Whether the database takes writes. The answer is some seconds old at most.
    pub(super) async fn health(
        self: &Arc<Self>,
        store: &Arc<dyn Store>,
        now: Instant,
    ) -> WriteHealth {
        let mut outcome = self.outcome.subscribe();
        if self.is_due(now) {
            let before = outcome.borrow().0;
            let (probe, store) = (Arc::clone(self), Arc::clone(store));
            // In a task of its own, so that a client that goes cannot leave a write half done.
            tokio::spawn(async move {
                let written = of(store.try_to_write().await);
                probe
                    .outcome
                    .send_modify(|outcome| *outcome = (outcome.0 + 1, written));
            });
            // If the write takes longer, the outcome before it counts.
            let _ = tokio::time::timeout(WAIT, outcome.wait_for(|now| now.0 > before)).await;
        }
        let outcome = outcome.borrow();
        outcome.1.clone()
    }
}

fn of(written: Result<(), StoreError>) -> WriteHealth {
    match written {
        Ok(()) => WriteHealth::Fine,
        Err(error) => {
            tracing::error!(
                error = error_chain(&error),
                "the database refuses to be written"
            );
            WriteHealth::Refused(error.to_string())
        }
    }
}
