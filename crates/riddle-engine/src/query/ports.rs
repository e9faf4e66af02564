use std::sync::Arc;

use riddle_core::{ChunkIndex, DocumentStore};

use crate::models::Models;
use crate::options::EngineOptions;

/// What the query path needs of the engine.
#[derive(Clone, Copy)]
pub(crate) struct QueryParts<'a> {
    pub(crate) documents: &'a dyn DocumentStore,
    pub(crate) index: &'a Arc<dyn ChunkIndex>,
    pub(crate) models: &'a Models,
    pub(crate) options: &'a EngineOptions,
}
