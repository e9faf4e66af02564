mod windows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use riddle_core::{PairScore, Purpose, ScoreOptions, TokenVectors, max_sim};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::model_thread::Priority;
use crate::models::{EmbedderHandle, PairScores, SPECIAL_TOKENS};
use crate::timing::by;
use windows::PassageTexts;

/// Most passages of a batch. What a batch has computed when the deadline comes is lost.
const MAX_BATCH: usize = 8;

/// MaxSim of the query with each passage, in the order given. Passages are cut, or scored in windows, as the options
/// say. Returns at the deadline even if the model is busy.
pub(crate) async fn late_scores(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
    options: &ScoreOptions,
) -> Result<PairScores, EngineError> {
    if !PassageTexts::wanted(options) {
        return whole_scores(embedder, query, passages, options.deadline).await;
    }
    let tokenizer = Arc::clone(&embedder.tokenizer);
    let room = embedder.info.max_tokens.saturating_sub(SPECIAL_TOKENS);
    let cut_as = *options;
    let (cut, texts) = run_blocking("counting tokens", move || {
        PassageTexts::cut(tokenizer.as_ref(), passages, room.max(1), &cut_as)
    })
    .await?;
    let scored = whole_scores(embedder, query, texts, options.deadline).await?;
    Ok(PairScores {
        scores: cut.join(&scored.scores),
        ..scored
    })
}

/// The scores of texts as far as the embedder reads them.
async fn whole_scores(
    embedder: &EmbedderHandle,
    query: String,
    texts: Vec<String>,
    deadline: Instant,
) -> Result<PairScores, EngineError> {
    let count = texts.len();
    // The timer is coarse: without this, a small model could score after the deadline.
    if Instant::now() >= deadline {
        return Ok(PairScores {
            scores: vec![None; count],
            waited: Duration::ZERO,
        });
    }
    let mut scored = PairScores {
        scores: Vec::with_capacity(count),
        waited: Duration::ZERO,
    };
    let all = score_all(embedder, query, &texts, deadline, &mut scored);
    by(deadline, all).await.transpose()?;
    scored.scores.resize(count, None);
    Ok(scored)
}

/// Adds each score as it comes, so that the deadline loses none of them.
async fn score_all(
    embedder: &EmbedderHandle,
    query: String,
    passages: &[String],
    deadline: Instant,
    scored: &mut PairScores,
) -> Result<(), EngineError> {
    let mut times = BatchTimes::until(deadline);
    let (mut query, query_waited) = embedder
        .token_vectors_of_one(query, Purpose::Query, Priority::Question)
        .await?;
    scored.waited += query_waited;
    for group in passages.chunks(MAX_BATCH) {
        let mut rest = group.to_vec();
        while !rest.is_empty() {
            let batch = embedder.next_batch(&mut rest);
            let bytes = batch.iter().map(String::len).sum();
            if !times.in_time(bytes) {
                return Ok(());
            }
            let begun = Instant::now();
            let (vectors, batch_waited) = embedder
                .token_vectors(batch, Purpose::Passage, Priority::Interactive)
                .await?;
            scored.waited += batch_waited;
            let limit = embedder.info.max_tokens;
            let (batch_scores, returned) = run_blocking("comparing token vectors", move || {
                let scores = score_batch(&query, &vectors, limit);
                (scores, query)
            })
            .await?;
            query = returned;
            scored.scores.extend(batch_scores);
            times.learn(bytes, begun.elapsed().saturating_sub(batch_waited));
        }
    }
    Ok(())
}

/// How long batches take. One that would not be done by the deadline is not begun: its scores would be lost, and
/// others would wait for the model.
struct BatchTimes {
    deadline: Instant,
    /// Bytes and time of the last batch.
    last: Option<(usize, Duration)>,
}

impl BatchTimes {
    fn until(deadline: Instant) -> Self {
        Self {
            deadline,
            last: None,
        }
    }

    fn in_time(&self, bytes: usize) -> bool {
        let Some((last_bytes, took)) = self.last else {
            return true;
        };
        let share = bytes as f64 / last_bytes.max(1) as f64;
        let left = self.deadline.saturating_duration_since(Instant::now());
        took.as_secs_f64() * share <= left.as_secs_f64()
    }

    fn learn(&mut self, bytes: usize, took: Duration) {
        self.last = Some((bytes, took));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_would_be_late_is_not_begun() {
        let mut times = BatchTimes::until(Instant::now() + Duration::from_secs(60));
        assert!(times.in_time(usize::MAX), "the first is always tried");
        times.learn(1_000, Duration::from_secs(10));
        assert!(times.in_time(4_000));
        assert!(!times.in_time(7_000));
        times.learn(0, Duration::ZERO);
        assert!(times.in_time(7_000));
    }
}
