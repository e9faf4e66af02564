use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of reranking.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RerankDto {
    /// `applied`, `skipped` or `failed`; in the latter two the order is the fused one.
    #[schema(example = "applied")]
    pub status: String,
    /// Why it was skipped or failed, or that the fallback did it, in English.
    pub reason: Option<String>,
    /// The same for programs: `not_asked_for`, `other_arm`, `too_few_candidates`, `clear_lead`, `stand_in`,
    /// `no_reranker`, `language_unknown`, `loading`, `load_failed`, `deadline_passed`, `busy`, `model_failed` or
    /// `no_scores`.
    pub reason_code: Option<String>,
    /// The model that scored, or would have.
    #[schema(example = "ms-marco-minilm-l6-v2")]
    pub model: Option<String>,
    /// `cross_encoder`, `yes_no`, `layerwise` or `late_interaction`.
    #[schema(example = "cross_encoder")]
    pub kind: Option<String>,
    /// Whether the model is the fallback for a cross-encoder whose weights are absent.
    pub stand_in: bool,
    /// Where it ran.
    #[schema(example = "cpu")]
    pub device: Option<String>,
    /// Weight of the reranker against the fused score in the final order; 1 is the reranker alone.
    pub weight: Option<f32>,
    /// What its raw scores mean: `logit`, whose sigmoid is the score, or `similarity`.
    #[schema(example = "logit")]
    pub scale: Option<String>,
    /// What was done with passages that did not fit the model: `truncate` or `max_slice`.
    #[schema(example = "truncate")]
    pub long_passages: Option<String>,
    /// The layer that a layerwise model stopped at.
    pub cutoff_layer: Option<u32>,
    /// Time of the stage in milliseconds, without waiting.
    pub ms: f64,
    /// Time in which the model worked for others or was being loaded, in milliseconds.
    pub queue_ms: f64,
    /// Pairs scored.
    pub pairs: u32,
    /// Pairs that the deadline left unscored; they keep the fused order behind the others.
    pub unscored_pairs: u32,
    /// Tokens scored.
    pub tokens: u64,
    /// Pairs whose passage was cut to fit the model.
    pub truncated_pairs: u32,
    /// Windows of the passages that were scored in several.
    pub windows: u32,
}
