use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};

use riddle_owner_thread::Panicked;
use tokio::task::JoinError;

use super::EngineError;

/// Internal errors since the process was started. It is a global because errors occur where no engine is at hand.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The cause of an internal error. Its text is for the log alone, because a panic may say anything.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InternalCause {
    /// The work panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The task or thread that should have answered is gone.
    #[error("the task that should have answered is gone")]
    Gone,
    /// The thread that owns the model ended before it began.
    #[error("the thread that should have done it ended before it began")]
    NotBegun,
    /// An adapter did not do what its port promises.
    #[error("a port broke its promise: {0}")]
    BrokenPromise(&'static str),
    /// A failure that should not occur at this place.
    #[error("{0}")]
    Unforeseen(String),
}

impl EngineError {
    /// An internal error while the server was `doing` something; it is counted.
    pub(crate) fn internal(doing: &'static str, source: InternalCause) -> Self {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Self::Internal { doing, source }
    }

    /// The internal error that a panic is, from what the panic left behind; it is counted.
    pub fn panicked(doing: &'static str, panic: &(dyn Any + Send)) -> Self {
        Self::internal(doing, Panicked::of(panic).into())
    }
}

/// Internal errors since the process was started.
pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

impl InternalCause {
    /// Why a task did not come to its end.
    pub(crate) fn of_task(error: JoinError) -> Self {
        match error.try_into_panic() {
            Ok(payload) => Panicked::of(payload.as_ref()).into(),
            // A task that did not panic was cancelled: the runtime ended before it.
            Err(_cancelled) => Self::Gone,
        }
    }
}
