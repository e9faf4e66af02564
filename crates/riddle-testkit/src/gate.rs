use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How long a call is held at most, so that a test that fails comes to its end. Far longer than any test takes.
const HELD_AT_MOST: Duration = Duration::from_secs(240);

/// Holds calls up until a test lets them go on, so that the test knows what is in work. Open at first.
#[derive(Debug, Default)]
pub struct Gate {
    held: Mutex<bool>,
    released: Condvar,
    waiting: watch::Sender<usize>,
    gave_up: AtomicBool,
}

impl Gate {
    /// A gate at which calls wait.
    pub fn closed() -> Self {
        let gate = Self::default();
        gate.hold(true);
        gate
    }

    /// Whether calls wait from now on.
    pub fn hold(&self, held: bool) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
        self.released.notify_all();
    }

    /// Returns when a call waits.
    pub async fn reached(&self) {
        let mut waiting = self.waiting.subscribe();
        // The sender is there as long as the gate is.
        let _ = waiting.wait_for(|waiting| *waiting > 0).await;
    }

    /// Whether a call ended its wait although nobody had let it go on.
    pub fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }

    /// Returns when nothing is held up; for fakes, which wait here.
    pub fn pass(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !*held {
            return;
        }
        self.waiting.send_modify(|waiting| *waiting += 1);
        let released = self
            .released
            .wait_timeout_while(held, HELD_AT_MOST, |held| *held);
        let (held, waited) = released.unwrap_or_else(PoisonError::into_inner);
        drop(held);
        self.waiting.send_modify(|waiting| *waiting -= 1);
        if waited.timed_out() {
            self.gave_up.store(true, Ordering::SeqCst);
        }
    }
}
