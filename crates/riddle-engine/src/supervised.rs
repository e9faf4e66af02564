//! Work in the background that no panic ends for good, and work whose panic is an error like any other.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use riddle_core::error_chain;
use tokio_util::sync::CancellationToken;

use crate::error::EngineError;

/// Time from a panic to the next beginning.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs work until it ends by itself. After a panic, which is an internal error, it is begun anew; `doing` names it in
/// the log.
pub(crate) async fn supervised<W: Future<Output = ()>>(
    doing: &'static str,
    stopping: CancellationToken,
    begin: impl Fn() -> W,
) {
    while let Err(panic) = AssertUnwindSafe(begin()).catch_unwind().await {
        let error = EngineError::panicked(doing, panic.as_ref());
        tracing::error!(
            error = error_chain(&error),
            "work in the background broke off and is begun anew"
        );
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stopping.cancelled() => return,
        }
    }
}

/// What work gives; a panic in it is an internal error while the server was `doing` it.
pub(crate) fn caught<T>(
    doing: &'static str,
    work: impl Future<Output = Result<T, EngineError>>,
) -> impl Future<Output = Result<T, EngineError>> {
    let caught = AssertUnwindSafe(work).catch_unwind();
    caught.map(move |done| {
        done.unwrap_or_else(|panic| Err(EngineError::panicked(doing, panic.as_ref())))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tracing::Level;

    use super::*;
    use crate::error::internal_errors;
    use crate::testing::log::Log;

    #[tokio::test]
    async fn a_panic_is_told_and_counted_and_the_work_goes_on() {
        let (log, _recording) = Log::of_this_thread();
        let before = internal_errors();
        let begun = AtomicU32::new(0);
        let work = || async {
            assert!(begun.fetch_add(1, Ordering::Relaxed) > 0, "as told");
        };
        supervised("counting to two", CancellationToken::new(), work).await;
        assert_eq!(begun.load(Ordering::Relaxed), 2);
        // Other tests of this process count too.
        assert!(internal_errors() > before);
        assert_eq!(log.levels_of("while counting to two"), [Level::ERROR]);
    }

    #[tokio::test]
    async fn a_server_that_stops_begins_nothing_anew() {
        let stopping = CancellationToken::new();
        stopping.cancel();
        let begun = AtomicU32::new(0);
        let work = || async {
            begun.fetch_add(1, Ordering::Relaxed);
            panic!("as told");
        };
        supervised("panicking", stopping, work).await;
        assert_eq!(begun.load(Ordering::Relaxed), 1);
    }
}
