use serde::{Deserialize, Serialize};

use crate::code_table;
use crate::ports::rerank::{LongPassages, PairScore, RerankKind, ScoreScale};

/// What became of reranking in one request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RerankReport {
    /// What became of it.
    pub status: RerankStatus,
    /// Why it was skipped or failed, or that a fallback did it.
    pub reason: Option<RerankReason>,
    /// The model that scored, or that would have scored.
    pub model: Option<String>,
    /// How it scores.
    pub kind: Option<RerankKind>,
    /// Whether the model is only the fallback for a cross-encoder whose weights are absent.
    pub stand_in: bool,
    /// Where it ran.
    pub device: Option<String>,
    /// Weight of the reranker against the fused score in the final order.
    pub weight: Option<f32>,
    /// What its raw scores mean.
    pub scale: Option<ScoreScale>,
    /// What was done with long passages.
    pub long_passages: Option<LongPassages>,
    /// The layer that a layerwise model stopped at.
    pub cutoff_layer: Option<u32>,
    /// Milliseconds of the stage, without waiting.
    pub ms: f64,
    /// Milliseconds of waiting while the model worked for others or was being loaded.
    pub queue_ms: f64,
    /// Pairs scored.
    pub pairs: u32,
    /// Pairs that the deadline left unscored; they keep the fused order behind the others.
    pub unscored_pairs: u32,
    /// Tokens scored.
    pub tokens: u64,
    /// Pairs whose passage was cut.
    pub truncated_pairs: u32,
    /// Windows of the passages that were scored in several.
    pub windows: u32,
}

/// What became of reranking.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RerankStatus {
    /// The order is the reranker's, alone or blended.
    Applied,
    /// Not asked for, or nothing to order.
    Skipped,
    /// It failed; the order is the fused one.
    Failed,
}

/// Why reranking went as it did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RerankReason {
    /// For programs.
    pub code: RerankReasonCode,
    /// For people, in English.
    pub text: String,
}

/// Why reranking went as it did: one code for each reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RerankReasonCode {
    /// The request or the knowledge base wants none.
    NotAskedFor,
    /// This is the variant of a comparison without rerank.
    #[serde(rename = "other_arm")]
    OtherVariant,
    /// There are fewer than two candidates to order.
    TooFewCandidates,
    /// The first candidate leads so far that reranking is not worth its time, by the settings.
    ClearLead,
    /// No cross-encoder is here; late interaction over the embedder was the fallback.
    StandIn,
    /// No cross-encoder is here, and no embedder to fall back to.
    NoReranker,
    /// The reranker, or the embedder to fall back to, does not know the query's language.
    LanguageUnknown,
    /// The query is mostly a name that BM25 has found as it is written: to a model one number is like another.
    FoundByName,
    /// The deadline passed while the model was being loaded.
    Loading,
    /// The model is here and cannot be loaded.
    LoadFailed,
    /// The deadline passed before any passage was scored.
    DeadlinePassed,
    /// Too many requests waited for the model.
    Busy,
    /// The model failed while scoring.
    ModelFailed,
    /// All scores of the model are NaN or infinite.
    NoScores,
}

code_table!(RerankReasonCode {
    RerankReasonCode::NotAskedFor => "not_asked_for",
    RerankReasonCode::OtherVariant => "other_arm",
    RerankReasonCode::TooFewCandidates => "too_few_candidates",
    RerankReasonCode::ClearLead => "clear_lead",
    RerankReasonCode::StandIn => "stand_in",
    RerankReasonCode::NoReranker => "no_reranker",
    RerankReasonCode::LanguageUnknown => "language_unknown",
    RerankReasonCode::FoundByName => "found_by_name",
    RerankReasonCode::Loading => "loading",
    RerankReasonCode::LoadFailed => "load_failed",
    RerankReasonCode::DeadlinePassed => "deadline_passed",
    RerankReasonCode::Busy => "busy",
    RerankReasonCode::ModelFailed => "model_failed",
    RerankReasonCode::NoScores => "no_scores",
});

impl RerankReasonCode {
    /// This code with its sentence for people.
    pub fn because(self, text: impl Into<String>) -> RerankReason {
        RerankReason {
            code: self,
            text: text.into(),
        }
    }
}

impl RerankStatus {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

impl RerankReport {
    /// This report with the counts of these scores; `None` is a pair that stayed unscored.
    #[must_use]
    pub fn counted(mut self, scores: &[Option<PairScore>]) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let known = || scores.iter().flatten();
        self.pairs = count(known().count());
        self.unscored_pairs = count(scores.len()).saturating_sub(self.pairs);
        self.tokens = known().map(|pair| u64::from(pair.tokens)).sum();
        self.truncated_pairs = count(known().filter(|pair| pair.truncated).count());
        self.windows = known()
            .filter_map(|pair| pair.window)
            .fold(0, |sum, window| sum.saturating_add(window.count));
        self
    }

    /// A stage that did not run, and why.
    pub fn skipped(reason: RerankReason) -> Self {
        Self::new(RerankStatus::Skipped, Some(reason))
    }

    /// A report without a model, with all counts at 0.
    pub fn new(status: RerankStatus, reason: Option<RerankReason>) -> Self {
        Self {
            status,
            reason,
            model: None,
            kind: None,
            stand_in: false,
            device: None,
            weight: None,
            scale: None,
            long_passages: None,
            cutoff_layer: None,
            ms: 0.0,
            queue_ms: 0.0,
            pairs: 0,
            unscored_pairs: 0,
            tokens: 0,
            truncated_pairs: 0,
            windows: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_stored_by_the_name_that_clients_read() {
        for (code, name) in [
            (RerankReasonCode::OtherVariant, "other_arm"),
            (RerankReasonCode::StandIn, "stand_in"),
            (RerankReasonCode::NoScores, "no_scores"),
        ] {
            assert_eq!(code.code(), name);
            let stored = serde_json::to_value(code).expect("it is a string");
            assert_eq!(stored, name);
            assert_eq!(
                serde_json::from_value::<RerankReasonCode>(stored).expect("its name"),
                code
            );
        }
    }
}
