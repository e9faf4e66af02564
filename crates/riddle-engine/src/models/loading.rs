//! The task in which a model is loaded.

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tracing::{Instrument, Span};

use crate::origin;

/// Drives `load` to its end in a task of its own, even if everybody who waited has gone. Lines of the log name the
/// request that wanted the model first.
pub(super) fn begin<T: Clone + Send + Sync + 'static>(
    load: impl Future<Output = T> + Send + 'static,
) -> Shared<BoxFuture<'static, T>> {
    let loading = load.instrument(span()).boxed().shared();
    tokio::spawn(loading.clone());
    loading
}

/// Not a child of the request's span, which would stay open for longer than the request may wait.
fn span() -> Span {
    let request_id = origin::request_id();
    // Of the highest level, so that no filter takes the id from the lines that pass it.
    let span = tracing::error_span!(parent: None, "load", request_id = request_id.as_deref());
    span.follows_from(Span::current());
    span
}
