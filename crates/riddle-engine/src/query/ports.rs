use std::sync::Arc;

use riddle_core::{ChunkIndex, DocumentStore};

use crate::engine::{EngineOptions, Inner};
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
