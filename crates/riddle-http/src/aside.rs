use actix_web::web;

use crate::error::ApiError;

/// Does work on a thread that no other request waits for. `what` begins the sentence of one that panics.
pub(crate) async fn aside<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = web::block(work).await;
    done.map_err(|error| ApiError::internal(format!("{what} broke off: {error}")))?
}
