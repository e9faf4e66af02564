use crate::error::{EngineError, InternalCause};

/// Runs work that takes long or blocks, away from the async runtime's threads. `doing` names it in the log.
///
/// # Errors
/// [`EngineError::Internal`] when the work panicked.
pub async fn run_blocking<R: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, EngineError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| EngineError::internal(doing, InternalCause::of_task(error)))
}
