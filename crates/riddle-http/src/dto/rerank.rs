use riddle_core::{LongPassages, RerankKind, RerankReport, ScoreScale};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of reranking.
#[derive(Serialize, ToSchema)]
pub(crate) struct RerankDto {
    /// `applied`, `skipped` or `failed`; in the latter two the order is the fused one.
    #[schema(example = "applied")]
    status: &'static str,
    /// Why it was skipped or failed, or that a stand-in did it, in English.
    reason: Option<String>,
    /// The same for programs: `not_asked_for`, `other_arm`, `too_few_candidates`, `clear_lead`, `stand_in`,
    /// `no_reranker`, `language_unknown`, `loading`, `load_failed`, `deadline_passed`, `busy`, `model_failed` or `no_scores`.
    reason_code: Option<&'static str>,
    /// The model that scored, or would have.
    #[schema(example = "ms-marco-minilm-l6-v2")]
    model: Option<String>,
    /// `cross_encoder`, `yes_no`, `layerwise` or `late_interaction`.
    #[schema(example = "cross_encoder")]
    kind: Option<&'static str>,
    /// Whether the model merely stands in for a cross-encoder whose weights are absent.
    stand_in: bool,
    /// Where it ran.
    #[schema(example = "cpu")]
    device: Option<String>,
    /// Weight of the reranker against the fused score in the final order; 1 is the reranker alone.
    weight: Option<f32>,
    /// What its raw scores mean: `logit`, whose sigmoid is the score, or `similarity`.
    #[schema(example = "logit")]
    scale: Option<&'static str>,
    /// What was done with passages that did not fit the model: `truncate` or `max_slice`.
    #[schema(example = "truncate")]
    long_passages: Option<&'static str>,
    /// The layer that a layerwise model stopped at.
    cutoff_layer: Option<u32>,
    /// Time of the stage in milliseconds, without waiting.
    ms: f64,
    /// Time in which the model worked for others or was being loaded, in milliseconds.
    queue_ms: f64,
    /// Pairs scored.
    pairs: u32,
    /// Pairs that the deadline left unscored; they keep the fused order behind the others.
    unscored_pairs: u32,
    /// Tokens scored.
    tokens: u64,
    /// Pairs whose passage was cut to fit the model.
    truncated_pairs: u32,
    /// Windows of the passages that were scored in several.
    windows: u32,
}

impl From<RerankReport> for RerankDto {
    fn from(report: RerankReport) -> Self {
        let rounded = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
        let (reason, reason_code) = match report.reason {
            Some(reason) => (Some(reason.text), Some(reason.code.as_str())),
            None => (None, None),
        };
        Self {
            status: report.status.as_str(),
            reason,
            reason_code,
            model: report.model,
            kind: report.kind.map(RerankKind::as_str),
            stand_in: report.stand_in,
            device: report.device,
            weight: report.weight,
            scale: report.scale.map(ScoreScale::as_str),
            long_passages: report.long_passages.map(LongPassages::as_str),
            cutoff_layer: report.cutoff_layer,
            ms: rounded(report.ms),
            queue_ms: rounded(report.queue_ms),
            pairs: report.pairs,
            unscored_pairs: report.unscored_pairs,
            tokens: report.tokens,
            truncated_pairs: report.truncated_pairs,
            windows: report.windows,
        }
    }
}
