//! The one place where pictures are read at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use riddle_core::{ExtractError, ExtractionWatch};

use super::child::Child;

/// How often who waits for the place is asked whether its text is still wanted.
const WATCH: Duration = Duration::from_millis(200);

/// A place that one document has at a time. The reader stays for the next document that waits, and ends with the last.
#[derive(Default)]
pub(super) struct Place {
    state: Mutex<State>,
    free: Condvar,
}

#[derive(Default)]
struct State {
    taken: bool,
    waiting: usize,
    reader: Option<Child>,
}

/// Whoever has the place. Dropping it leaves the place.
pub(super) struct Placed<'a> {
    place: &'a Place,
    /// The reader, if one runs.
    pub(super) reader: Option<Child>,
}

impl Place {
    /// Waits until the place is free.
    ///
    /// # Errors
    /// The text is not wanted any more.
    pub(super) fn take(&self, watch: &dyn ExtractionWatch) -> Result<Placed<'_>, ExtractError> {
        let mut state = self.lock();
        state.waiting += 1;
        while state.taken {
            let waited = self.free.wait_timeout(state, WATCH);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if !watch.is_wanted() {
                state.waiting -= 1;
                return Err(ExtractError::Unwanted);
            }
        }
        state.waiting -= 1;
        state.taken = true;
        let reader = state.reader.take();
        Ok(Placed {
            place: self,
            reader,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is left half-done under this lock, so a panic of another holder does no harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        let mut state = self.place.lock();
        state.taken = false;
        if state.waiting > 0 {
            state.reader = self.reader.take();
        }
        drop(state);
        self.place.free.notify_one();
    }
}
