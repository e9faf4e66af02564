use std::time::{Duration, Instant};

use riddle_core::{PairScore, Purpose, TokenVectors, max_sim};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::{EmbedderHandle, SPECIAL_TOKENS, Scored};
use crate::timing::by;

/// Passages of one model call at most: what a call has begun at the deadline is lost.
const BATCH: usize = 8;

/// MaxSim of the query with each passage, in the order given until the deadline, whatever the model does then.
pub(crate) async fn late_scores(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
    deadline: Instant,
) -> Result<Scored, EngineError> {
    let count = passages.len();
    // The timer is coarse enough to let a small model slip through.
    if Instant::now() >= deadline {
        return Ok(Scored {
            scores: vec![None; count],
            waited: Duration::ZERO,
        });
    }
    let mut scores = Vec::with_capacity(count);
    let mut waited = Duration::ZERO;
    let all = score_all(embedder, query, &passages, &mut scores, &mut waited);
    by(deadline, all).await.transpose()?;
    scores.resize(count, None);
    Ok(Scored { scores, waited })
}

/// Adds the scores as they come, so that those that are there outlive a deadline.
async fn score_all(
    embedder: &EmbedderHandle,
    query: String,
    passages: &[String],
    scores: &mut Vec<Option<PairScore>>,
    waited: &mut Duration,
) -> Result<(), EngineError> {
    let (mut query, query_waited) = embedder
        .token_vectors_of_one(query, Purpose::Query, Priority::Question)
        .await?;
    *waited += query_waited;
    for batch in passages.chunks(BATCH) {
        let mut batch = batch.to_vec();
        while !batch.is_empty() {
            let piece = embedder.next_piece(&mut batch);
            let (vectors, piece_waited) = embedder
                .token_vectors(piece, Purpose::Passage, Priority::Interactive)
                .await?;
            *waited += piece_waited;
            let limit = embedder.info.max_tokens;
            let (piece_scores, returned) = run_blocking("comparing token vectors", move || {
                let scores = score_batch(&query, &vectors, limit);
                (scores, query)
            })
            .await?;
            query = returned;
            scores.extend(piece_scores);
        }
    }
    Ok(())
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
