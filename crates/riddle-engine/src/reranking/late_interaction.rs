use std::time::{Duration, Instant};

use riddle_core::{PairScore, Purpose, TokenVectors, max_sim};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::{EmbedderHandle, PairScores, SPECIAL_TOKENS};
use crate::timing::by;

/// Most passages of a batch. What a batch has computed when the deadline comes is lost.
const MAX_BATCH: usize = 8;

/// MaxSim of the query with each passage, in the order given. Returns at the deadline even if the model is busy.
pub(crate) async fn late_scores(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
    deadline: Instant,
) -> Result<PairScores, EngineError> {
    let count = passages.len();
    // The timer is coarse: without this, a small model could score after the deadline.
    if Instant::now() >= deadline {
        return Ok(PairScores {
            scores: vec![None; count],
            waited: Duration::ZERO,
        });
    }
    let mut scores = Vec::with_capacity(count);
    let mut waited = Duration::ZERO;
    let all = score_all(embedder, query, &passages, &mut scores, &mut waited);
    by(deadline, all).await.transpose()?;
    scores.resize(count, None);
    Ok(PairScores { scores, waited })
}

/// Adds each score as it comes, so that the deadline loses none of them.
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
    for group in passages.chunks(MAX_BATCH) {
        let mut rest = group.to_vec();
        while !rest.is_empty() {
            let batch = embedder.next_batch(&mut rest);
            let (vectors, batch_waited) = embedder
                .token_vectors(batch, Purpose::Passage, Priority::Interactive)
                .await?;
            *waited += batch_waited;
            let limit = embedder.info.max_tokens;
            let (batch_scores, returned) = run_blocking("comparing token vectors", move || {
                let scores = score_batch(&query, &vectors, limit);
                (scores, query)
            })
            .await?;
            query = returned;
            scores.extend(batch_scores);
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
