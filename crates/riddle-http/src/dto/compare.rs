use riddle_core::Comparison;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::AnswerDto;

/// One question over the same candidates, with rerank and without.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparisonDto {
    /// The answer from the fused order.
    without_rerank: AnswerDto,
    /// The answer from the reranked order.
    with_rerank: AnswerDto,
    /// Candidates that both arms had.
    candidates: u32,
    /// Passages that both arms kept.
    shared_contexts: u32,
    /// Total time with rerank ÷ total time without.
    #[schema(example = 1.18)]
    total_ratio: f64,
    /// Time to the first token with rerank ÷ without; null where an arm wrote nothing.
    #[schema(example = 1.31)]
    first_token_ratio: Option<f64>,
}

impl From<Comparison> for ComparisonDto {
    fn from(comparison: Comparison) -> Self {
        Self {
            without_rerank: comparison.without_rerank.answer.into(),
            with_rerank: comparison.with_rerank.answer.into(),
            candidates: comparison.candidates,
            shared_contexts: comparison.shared_contexts,
            total_ratio: comparison.total_ratio,
            first_token_ratio: comparison.first_token_ratio,
        }
    }
}
