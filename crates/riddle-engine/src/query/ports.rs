use std::sync::Arc;

use riddle_core::{ChunkIndex, DocumentStore};

use crate::models::Models;
use crate::options::EngineOptions;

/// The adapters and options that the query path uses.
#[derive(Clone, Copy)]
pub(crate) struct QueryPorts<'a> {
    pub(crate) documents: &'a dyn DocumentStore,
    pub(crate) index: &'a Arc<dyn ChunkIndex>,
    pub(crate) models: &'a Models,
    pub(crate) options: &'a EngineOptions,
}
