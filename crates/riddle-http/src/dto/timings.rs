use riddle_core::Timings;
use serde::Serialize;
use utoipa::ToSchema;

/// Milliseconds by stage; null for a stage that did not run.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimingsDto {
    /// Waiting for models, in sum.
    queue_ms: f64,
    /// Making a stand-alone question of one that builds on a chat.
    rewrite_ms: Option<f64>,
    /// Embedding the question.
    embed_ms: Option<f64>,
    /// Search by words.
    bm25_ms: Option<f64>,
    /// Search by vector.
    dense_ms: Option<f64>,
    /// Joining hits with their documents, and fusion.
    fuse_ms: f64,
    /// Reranking.
    rerank_ms: Option<f64>,
    /// Choosing the sentences of an extractive answer.
    extract_ms: Option<f64>,
    /// Reading the prompt, up to the first token.
    prefill_ms: Option<f64>,
    /// Writing the answer after the first token.
    decode_ms: Option<f64>,
    /// From the request to the first token of the answer.
    first_token_ms: Option<f64>,
    /// The whole.
    total_ms: f64,
}

impl From<Timings> for TimingsDto {
    fn from(timings: Timings) -> Self {
        let rounded = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
        Self {
            queue_ms: rounded(timings.queue_ms),
            rewrite_ms: timings.rewrite_ms.map(rounded),
            embed_ms: timings.embed_ms.map(rounded),
            bm25_ms: timings.bm25_ms.map(rounded),
            dense_ms: timings.dense_ms.map(rounded),
            fuse_ms: rounded(timings.fuse_ms),
            rerank_ms: timings.rerank_ms.map(rounded),
            extract_ms: timings.extract_ms.map(rounded),
            prefill_ms: timings.prefill_ms.map(rounded),
            decode_ms: timings.decode_ms.map(rounded),
            first_token_ms: timings.first_token_ms.map(rounded),
            total_ms: rounded(timings.total_ms),
        }
    }
}
