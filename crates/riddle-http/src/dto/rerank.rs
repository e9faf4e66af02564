use riddle_core::{RerankKind, RerankReport};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of reranking.
#[derive(Serialize, ToSchema)]
pub(crate) struct RerankDto {
    /// `applied`, `skipped` or `failed`; in the latter two the order is the fused one.
    #[schema(example = "applied")]
    status: &'static str,
    /// Why it was skipped or failed, or that a stand-in did it.
    reason: Option<String>,
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
    /// Time of the stage in milliseconds.
    ms: f64,
    /// Pairs scored.
    pairs: u32,
    /// Pairs that the deadline left unscored; they keep the fused order behind the others.
    unscored_pairs: u32,
    /// Tokens scored.
    tokens: u64,
    /// Pairs whose passage was cut to fit the model.
    truncated_pairs: u32,
}

impl From<RerankReport> for RerankDto {
    fn from(report: RerankReport) -> Self {
        Self {
            status: report.status.as_str(),
            reason: report.reason,
            model: report.model,
            kind: report.kind.map(kind_name),
            stand_in: report.stand_in,
            device: report.device,
            weight: report.weight,
            ms: (report.ms * 1_000.0).round() / 1_000.0,
            pairs: report.pairs,
            unscored_pairs: report.unscored_pairs,
            tokens: report.tokens,
            truncated_pairs: report.truncated_pairs,
        }
    }
}

fn kind_name(kind: RerankKind) -> &'static str {
    match kind {
        RerankKind::CrossEncoder => "cross_encoder",
        RerankKind::YesNo => "yes_no",
        RerankKind::Layerwise => "layerwise",
        RerankKind::LateInteraction => "late_interaction",
    }
}
