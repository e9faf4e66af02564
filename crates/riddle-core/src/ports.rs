//! What adapters implement: the store, the index, models, the extractor, the clock.

pub(crate) mod chat;
pub(crate) mod chunk_store;
pub(crate) mod comparison_store;
pub(crate) mod conversation_store;
pub(crate) mod embedding;
pub(crate) mod evaluation_store;
pub(crate) mod extraction;
pub(crate) mod index;
pub(crate) mod job_store;
pub(crate) mod library;
pub(crate) mod live_store;
pub(crate) mod outbox_store;
pub(crate) mod picture;
pub(crate) mod provider;
pub(crate) mod rerank;
pub(crate) mod store;
pub(crate) mod store_error;
pub(crate) mod time;
