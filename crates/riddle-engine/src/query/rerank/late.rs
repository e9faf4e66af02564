use std::time::Instant;

use riddle_core::{PairScore, Purpose, TokenVectors, max_sim};

use crate::error::EngineError;
use crate::models::{EmbedderHandle, SPECIAL_TOKENS, Scored};
use crate::query::parts::run_cpu;

/// Passages of one model call: the deadline is looked at between calls.
const BATCH: usize = 8;

/// MaxSim of the query with each passage, in the order given until the deadline.
pub(crate) async fn late_scores(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
    deadline: Instant,
) -> Result<Scored, EngineError> {
    let (query, mut waited) = embedder.token_vectors(vec![query], Purpose::Query).await?;
    let mut query = query.into_iter().next().ok_or(EngineError::Stopping)?;
    let mut scores = Vec::with_capacity(passages.len());
    for batch in passages.chunks(BATCH) {
        if Instant::now() >= deadline {
            break;
        }
        let (vectors, batch_waited) = embedder
            .token_vectors(batch.to_vec(), Purpose::Passage)
            .await?;
        waited += batch_waited;
        let limit = embedder.info.max_tokens;
        let (batch_scores, returned) = run_cpu(move || {
            let scores = score_batch(&query, &vectors, limit);
            (scores, query)
        })
        .await?;
        query = returned;
        scores.extend(batch_scores);
    }
    scores.resize(passages.len(), None);
    Ok(Scored { scores, waited })
}

fn score_batch(
    query: &TokenVectors,
    passages: &[TokenVectors],
    limit: usize,
) -> Vec<Option<PairScore>> {
    let query_tokens = tokens(query);
    passages
        .iter()
        .map(|passage| {
            let passage_tokens = tokens(passage);
            let raw = max_sim(query, passage)?;
            Some(PairScore {
                raw,
                tokens: u32::try_from(query_tokens + passage_tokens).unwrap_or(u32::MAX),
                truncated: passage_tokens + SPECIAL_TOKENS >= limit,
                window: None,
            })
        })
        .collect()
}

fn tokens(vectors: &TokenVectors) -> usize {
    vectors
        .values
        .len()
        .checked_div(vectors.dimensions)
        .unwrap_or(0)
}
