//! Whether the database can be written, found out by writing to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::{Store, StoreError, error_chain};
use tokio::sync::watch;

/// How long the outcome of a write is told again.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// How long a report waits for the write that it has begun. One that waits behind a long change says nothing is wrong.
const WAIT: Duration = Duration::from_millis(50);

/// What the last write came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum WriteHealth {
    /// It was durable.
    Fine,
    /// It was refused; what a person can do about it.
    Refused(String),
}

/// The last write, and the one in work.
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
    /// Whether a write is due; it counts as begun then.
    fn is_due(&self) -> bool {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.is_some_and(|begun| begun.elapsed() < FRESH_FOR) {
            return false;
        }
        *begun = Some(Instant::now());
        true
    }

    /// Whether the database takes writes, as found out some seconds ago at most.
    pub(super) async fn health(self: &Arc<Self>, store: &Arc<dyn Store>) -> WriteHealth {
        let mut outcome = self.outcome.subscribe();
        if self.is_due() {
            let before = outcome.borrow().0;
            let (probe, store) = (Arc::clone(self), Arc::clone(store));
            // A task of its own: a client that goes must not leave a write half done.
            tokio::spawn(async move {
                let written = of(store.try_to_write().await);
                probe
                    .outcome
                    .send_modify(|outcome| *outcome = (outcome.0 + 1, written));
            });
            // Where it takes longer, the outcome before it is told.
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
