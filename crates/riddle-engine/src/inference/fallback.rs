//! The fallback if there is no cross-encoder: late interaction over the embedder.

use std::sync::Arc;

use super::counting::tokens_up_to;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::models::EmbedderHandle;

/// Whether query and passage of each pair fit the embedder.
pub(super) async fn read_whole(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
) -> Result<Vec<bool>, EngineError> {
    let tokenizer = Arc::clone(&embedder.tokenizer);
    let limit = embedder.info.max_tokens;
    run_blocking("counting tokens", move || {
        let fits = |text: &String| tokens_up_to(&*tokenizer, text, limit) <= limit;
        let query_fits = fits(&query);
        passages
            .iter()
            .map(|passage| query_fits && fits(passage))
            .collect()
    })
    .await
}
