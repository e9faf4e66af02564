//! The id of the request that work comes from, for work that outlives the request.

use std::sync::Arc;

tokio::task_local! {
    static REQUEST: Arc<str>;
}

/// Runs `work` as that of the request with this id, which the log then names beside what `work` queues for later.
pub async fn on_behalf_of<F: Future>(request_id: &str, work: F) -> F::Output {
    REQUEST.scope(Arc::from(request_id), work).await
}

/// The id of the request that this task works for, if it works for one.
pub(crate) fn request_id() -> Option<Arc<str>> {
    REQUEST.try_with(Arc::clone).ok()
}
