//! The id of the request that work comes from, for work that outlives the request.

use std::sync::Arc;

tokio::task_local! {
    static REQUEST: Arc<str>;
}

/// Runs `work` for the request with this id. The log names the request beside what `work` queues for later.
pub async fn on_behalf_of<F: Future>(request_id: &str, work: F) -> F::Output {
    REQUEST.scope(Arc::from(request_id), work).await
}

/// Runs `work` for the request with this id, if there is one.
pub(crate) async fn of_request<F: Future>(request_id: Option<Arc<str>>, work: F) -> F::Output {
    match request_id {
        Some(id) => REQUEST.scope(id, work).await,
        None => work.await,
    }
}

/// The id of the request that the current task works for, if any.
pub(crate) fn request_id() -> Option<Arc<str>> {
    REQUEST.try_with(Arc::clone).ok()
}
