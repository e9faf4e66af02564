use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinError;

use super::EngineError;

/// Internal errors since the process was started. The counter belongs to the process: errors are met where no engine is
/// at hand.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// What should never happen and did. The text is for the log alone: a panic may say anything.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InternalCause {
    /// The work panicked and said this.
    #[error("it panicked: {0}")]
    Panicked(String),
    /// The task or thread that should have answered is gone.
    #[error("the task that should have answered is gone")]
    Gone,
    /// An implementation of a port did not do what the port promises.
    #[error("a port broke its promise: {0}")]
    BrokenPromise(&'static str),
    /// It failed in a way that is not foreseen at this place.
    #[error("{0}")]
    Unforeseen(String),
}

impl EngineError {
    /// An internal error while the server was `doing` something; it is counted.
    pub(crate) fn internal(doing: &'static str, source: InternalCause) -> Self {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Self::Internal { doing, source }
    }
}

/// Internal errors since the process was started.
pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// Runs `work`; a panic in it becomes its cause.
pub(crate) fn caught<R>(work: impl FnOnce() -> R) -> Result<R, InternalCause> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|payload| InternalCause::of_panic(payload.as_ref()))
}

impl InternalCause {
    /// What a panic said.
    pub(crate) fn of_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "without a text".to_owned()))
    }

    /// Why a task did not come to its end.
    pub(crate) fn of_task(error: JoinError) -> Self {
        match error.try_into_panic() {
            Ok(payload) => Self::of_panic(payload.as_ref()),
            // The runtime ended before the task.
            Err(_cancelled) => Self::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_what_it_said() {
        let said = |cause| InternalCause::Panicked(String::from(cause));
        let number = 7;
        assert_eq!(caught(|| panic!("as told")).err(), Some(said("as told")));
        assert_eq!(
            caught(|| panic!("number {number}")).err(),
            Some(said("number 7"))
        );
        let silent = caught(|| std::panic::panic_any(7_u32));
        assert_eq!(silent.err(), Some(said("without a text")));
        assert_eq!(caught(|| 7), Ok(7));
    }
}
