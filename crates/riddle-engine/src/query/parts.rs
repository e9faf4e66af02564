use std::sync::Arc;

use riddle_core::{ChunkIndex, DocumentStore};

use crate::engine::{EngineOptions, Inner};
use crate::error::EngineError;
use crate::models::Models;

/// What the query path needs of the engine.
#[derive(Clone, Copy)]
pub(crate) struct QueryParts<'a> {
    pub(crate) documents: &'a dyn DocumentStore,
    pub(crate) index: &'a Arc<dyn ChunkIndex>,
    pub(crate) models: &'a Models,
    pub(crate) options: &'a EngineOptions,
}

impl Inner {
    pub(crate) fn query_parts(&self) -> QueryParts<'_> {
        QueryParts {
            documents: self.store.as_ref(),
            index: &self.index,
            models: &self.models,
            options: &self.options,
        }
    }
}

/// Runs work that takes long or blocks, away from the async runtime's threads.
pub(crate) async fn run_cpu<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, EngineError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_panicked| EngineError::Stopping)
}
