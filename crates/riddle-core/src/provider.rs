use std::sync::Arc;

use crate::chat::ChatModel;
use crate::embedding::{LoadedEmbedder, ModelError};
use crate::rerank::Reranker;

/// Where models come from. Loading blocks: never call it on an async runtime thread.
pub trait ModelProvider: Send + Sync {
    /// Loads an embedder by its catalogue name.
    ///
    /// # Errors
    /// It is not in the catalogue, not on this machine, or a file of it cannot be used.
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError>;

    /// Loads a cross-encoder by its catalogue name.
    ///
    /// # Errors
    /// As [`Self::load_embedder`].
    fn load_reranker(&self, name: &str) -> Result<Box<dyn Reranker>, ModelError>;

    /// The embedder that new knowledge bases get, if one is on this machine.
    fn default_embedder(&self) -> Option<String>;

    /// The cross-encoder used where a knowledge base names none, if one is on this machine.
    fn default_reranker(&self) -> Option<String>;

    /// The language model that writes answers, if one is configured or on this machine. Loaded at most once.
    ///
    /// # Errors
    /// One is there and cannot be loaded.
    fn chat_model(&self) -> Result<Option<Arc<dyn ChatModel>>, ModelError>;
}
