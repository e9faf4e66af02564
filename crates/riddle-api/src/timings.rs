use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Milliseconds by stage; null for a stage that did not run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TimingsDto {
    /// Waiting for models, in sum.
    pub queue_ms: f64,
    /// Making a stand-alone question of one that builds on a chat.
    pub rewrite_ms: Option<f64>,
    /// Embedding the question.
    pub embed_ms: Option<f64>,
    /// Search by words.
    pub bm25_ms: Option<f64>,
    /// Search by vector.
    pub dense_ms: Option<f64>,
    /// Joining hits with their documents, and fusion.
    pub fuse_ms: f64,
    /// Reranking.
    pub rerank_ms: Option<f64>,
    /// Choosing the sentences of an extractive answer.
    pub extract_ms: Option<f64>,
    /// Reading the prompt, up to the first token.
    pub prefill_ms: Option<f64>,
    /// Writing the answer after the first token.
    pub decode_ms: Option<f64>,
    /// From the request to the first token of the answer.
    pub first_token_ms: Option<f64>,
    /// The whole.
    pub total_ms: f64,
}
