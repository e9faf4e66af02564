//! Finds out whether the database can be written, by writing to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::{StoreError, error_chain};
use tokio::sync::watch;

/// How long the outcome of a write counts.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// How long a report waits for its write. After that it reports the outcome before, because a write may merely wait
/// behind a long change.
const WAIT: Duration = Duration::from_millis(50);
/// From then on a write that has no outcome yet is one: no change should take so long, but a disk that hangs does.
const SLOW_AFTER: Duration = Duration::from_secs(30);

/// The outcome of the last write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum WriteHealth {
    Fine,
    /// The database refused it. The text says what a person can do.
    Refused(String),
    /// It has not ended since it began, so long ago.
    Slow(Duration),
}

/// The last write and the running one.
pub(super) struct WriteProbe {
    last: Mutex<LastWrite>,
    outcome: watch::Sender<(u64, WriteHealth)>,
}

#[derive(Default)]
struct LastWrite {
    begun: Option<Instant>,
    runs: bool,
    /// Whether the log says already that it is slow.
    told: bool,
}

/// A write that runs, until it is dropped.
struct Running(Arc<WriteProbe>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.last().runs = false;
    }
}

impl Default for WriteProbe {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
            outcome: watch::Sender::new((0, WriteHealth::Fine)),
        }
    }
}

impl WriteProbe {
    fn last(&self) -> MutexGuard<'_, LastWrite> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write, if one is due. There is one at a time, so that a disk that hangs does not gather them.
    fn begin(self: &Arc<Self>, now: Instant) -> Option<Running> {
        let mut last = self.last();
        let is_fresh = |begun| now.saturating_duration_since(begun) < FRESH_FOR;
        if last.runs || last.begun.is_some_and(is_fresh) {
            return None;
        }
        *last = LastWrite {
            begun: Some(now),
            runs: true,
            told: false,
        };
        Some(Running(Arc::clone(self)))
    }

    /// Whether the database takes writes, by `write`, which is made if one is due. The answer is some seconds old at
    /// most.
    pub(super) async fn health(
        self: &Arc<Self>,
        write: impl Future<Output = Result<(), StoreError>> + Send + 'static,
        now: Instant,
    ) -> WriteHealth {
        let mut outcome = self.outcome.subscribe();
        if let Some(running) = self.begin(now) {
            let before = outcome.borrow().0;
            let probe = Arc::clone(self);
            // In a task of its own, so that a client that goes cannot leave a write half done.
            tokio::spawn(async move {
                let written = of(write.await);
                drop(running);
                probe
                    .outcome
                    .send_modify(|outcome| *outcome = (outcome.0 + 1, written));
            });
            // If the write takes longer, the outcome before it counts.
            let _ = tokio::time::timeout(WAIT, outcome.wait_for(|now| now.0 > before)).await;
        }
        if let Some(slow) = self.slow(now) {
            return WriteHealth::Slow(slow);
        }
        let outcome = outcome.borrow();
        outcome.1.clone()
    }

    /// For how long the running write has had no outcome, if that is too long.
    fn slow(&self, now: Instant) -> Option<Duration> {
        let mut last = self.last();
        let runs_for = now.saturating_duration_since(last.begun.filter(|_| last.runs)?);
        if runs_for < SLOW_AFTER {
            return None;
        }
        if !last.told {
            last.told = true;
            tracing::error!(
                seconds = runs_for.as_secs(),
                "a write to the database does not end; is its disk in order?"
            );
        }
        Some(runs_for)
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

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use riddle_core::{Clock, Timestamp};
    use riddle_testkit::FakeClock;
    use tokio::sync::oneshot;

    use super::*;

    async fn no_write() -> Result<(), StoreError> {
        panic!("nobody should ask");
    }

    #[tokio::test]
    async fn a_write_that_does_not_end_is_told_of_and_no_other_is_begun_behind_it() {
        let probe = Arc::<WriteProbe>::default();
        let clock = FakeClock::at(Timestamp(0));
        let (end, ended) = oneshot::channel();
        let hangs = async move { ended.await.expect("an outcome") };
        let health = probe.health(hangs, clock.instant()).await;
        assert_eq!(health, WriteHealth::Fine, "it may wait behind a change");
        for _ in 0..5 {
            clock.advance(5_999);
            let other = probe.health(no_write(), clock.instant());
            assert_eq!(other.await, WriteHealth::Fine);
        }
        clock.advance(5);
        let slow = WriteHealth::Slow(Duration::from_secs(30));
        let health = probe.health(pending(), clock.instant()).await;
        assert_eq!(health, slow);

        end.send(Ok(())).expect("it is waited for");
        while probe.last().runs {
            tokio::task::yield_now().await;
        }
        let health = probe.health(ready(Ok(())), clock.instant()).await;
        assert_eq!(health, WriteHealth::Fine);
    }

    #[tokio::test]
    async fn a_write_that_broke_off_leaves_the_next_one_its_turn() {
        let probe = Arc::<WriteProbe>::default();
        let clock = FakeClock::at(Timestamp(0));
        probe.health(no_write(), clock.instant()).await;
        clock.advance(30_000);
        let refused = ready(Err(StoreError::BadCursor));
        let health = probe.health(refused, clock.instant()).await;
        assert!(matches!(health, WriteHealth::Refused(_)), "{health:?}");
    }
}
