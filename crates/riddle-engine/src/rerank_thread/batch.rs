use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use riddle_core::{LongPassages, ModelError, Pair, PairScore, Reranker, ScoreOptions};
use riddle_owner_thread::Panicked;
use tracing::Span;

use super::CallFailure;

use crate::token_estimate::estimated_tokens;

/// Special tokens of a pair.
const SPECIAL_TOKENS: u64 = 4;

/// The texts of one request.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) query: String,
    pub(super) passages: Vec<String>,
}

/// Pairs of one or several requests that the model scores in one call.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) parts: Vec<BatchPart>,
    /// The options that all of the requests have, with the latest of their deadlines.
    pub(super) options: ScoreOptions,
    /// Estimated.
    pub(super) tokens: u64,
    /// When the model began.
    pub(super) begun: Instant,
    /// The span of the most urgent request, for the log.
    pub(super) span: Span,
    /// Pairs that the model computes at once, known after the batch: it may change with the layer.
    pub(super) parallel: Option<usize>,
    made: Option<Result<Vec<Option<PairScore>>, ModelError>>,
}

/// Neighbouring pairs of one request.
#[derive(Debug)]
pub(super) struct BatchPart {
    pub(super) request: u64,
    pub(super) texts: Arc<Texts>,
    pub(super) pairs: Range<usize>,
    /// Estimated.
    pub(super) tokens: u64,
}

impl Batch {
    /// An empty batch.
    pub(super) fn new(options: ScoreOptions, begun: Instant, span: Span) -> Self {
        Self {
            parts: Vec::new(),
            options,
            tokens: 0,
            begun,
            span,
            parallel: None,
            made: None,
        }
    }

    /// One call of the model.
    pub(super) fn run(&mut self, reranker: &mut dyn Reranker) {
        let scores = reranker.score(&self.pairs(), &self.options);
        self.made = Some(scores);
        self.parallel = Some(reranker.parallel());
    }

    /// The scores. A panic fails the requests of this batch alone.
    pub(super) fn outcome(
        &mut self,
        outcome: Result<(), Panicked>,
    ) -> Result<Vec<Option<PairScore>>, CallFailure> {
        let count = self.parts.iter().map(|part| part.pairs.len()).sum();
        CallFailure::or(self.made.take(), count, outcome)
    }

    /// The pairs of all parts, in their order.
    pub(super) fn pairs(&self) -> Vec<Pair<'_>> {
        let pairs = |part| {
            let BatchPart { texts, pairs, .. }: &BatchPart = part;
            let passages = texts.passages.get(pairs.clone()).unwrap_or_default();
            passages.iter().map(|passage| Pair {
                query: &texts.query,
                passage,
            })
        };
        self.parts.iter().flat_map(pairs).collect()
    }
}

/// Estimated tokens that the model reads for a pair.
pub(super) fn estimate(query: &str, passage: &str, way: LongPassages, max_tokens: usize) -> u64 {
    let tokens = estimated_tokens;
    let limit = (max_tokens as u64).max(SPECIAL_TOKENS + 2);
    // Truncation leaves a passage a quarter of the room at least.
    let query = tokens(query).min(limit * 3 / 4) + SPECIAL_TOKENS;
    let whole = query + tokens(passage);
    if whole <= limit {
        return whole;
    }
    match way {
        LongPassages::Truncate => limit,
        LongPassages::MaxSlice => {
            let room = limit.saturating_sub(query).max(1);
            limit * tokens(passage).div_ceil(room)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_passage_costs_the_model_its_limit_and_windows_cost_each() {
        let short = estimate("which port", "port 8080", LongPassages::Truncate, 512);
        assert!((8..=16).contains(&short), "{short}");
        let long = "word ".repeat(10_000);
        assert_eq!(estimate("q", &long, LongPassages::Truncate, 512), 512);
        let windows = estimate("q", &long, LongPassages::MaxSlice, 512);
        assert!((16_000..=20_000).contains(&windows), "{windows}");
    }

    #[test]
    fn a_model_without_room_is_estimated_too() {
        for way in [LongPassages::Truncate, LongPassages::MaxSlice] {
            let tokens = estimate(&"q".repeat(9_000), &"p".repeat(9_000), way, 0);
            assert!(tokens > 0);
        }
    }
}
