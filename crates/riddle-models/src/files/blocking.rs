use super::error::ModelFileError;

/// Runs work that blocks away from the runtime's own threads.
pub(super) async fn blocking<T: Send + 'static>(
    model: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ModelFileError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(_) => Err(ModelFileError::Cancelled {
                model: model.to_owned(),
            }),
        },
    }
}
