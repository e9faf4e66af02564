//! Embedders and rerankers of other servers: another Riddle, text-embeddings-inference, vLLM, Infinity, Jina, Cohere.
//!
//! Both are the ports that models of this machine have, so deadlines, fallbacks and reports are the same. A model is
//! owned by one thread, on which its calls block; it must not be called from an asynchronous task.

mod embedder;
mod failure;
mod parts;
mod reranker;
mod server;
mod tokens;
mod wire;

pub use embedder::{RemoteEmbedder, RemoteEmbedderSpec};
pub use reranker::{RemoteReranker, RemoteRerankerSpec};
pub use server::RemoteServer;
pub use wire::RerankApi;
