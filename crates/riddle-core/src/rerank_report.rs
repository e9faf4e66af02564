use serde::{Deserialize, Serialize};

use crate::rerank::{LongPassages, PairScore, RerankKind, ScoreScale};

/// What became of reranking in one request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RerankReport {
    /// What became of it.
    pub status: RerankStatus,
    /// Why it was skipped or failed, or that a stand-in did it.
    pub reason: Option<RerankReason>,
    /// The model that scored, or would have.
    pub model: Option<String>,
    /// How it scores.
    pub kind: Option<RerankKind>,
    /// Whether the model merely stands in for a cross-encoder whose weights are absent.
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

/// Why reranking went as it did, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RerankReasonCode {
    /// The request or the knowledge base wants none.
    NotAskedFor,
    /// This arm of a comparison goes without.
    OtherArm,
    /// There are no two candidates to order.
    TooFewCandidates,
    /// The first candidate leads so far that reranking is not worth its time, by the settings.
    ClearLead,
    /// Late interaction over the embedder stood in for a cross-encoder that is not here.
    StandIn,
    /// No cross-encoder is here, and no embedder to stand in for it.
    NoReranker,
    /// No cross-encoder is here, and the embedder that would stand in for it does not know the query's language.
    LanguageUnknown,
    /// The model is still being loaded; the deadline passed meanwhile.
    Loading,
    /// The model is here and cannot be loaded.
    LoadFailed,
    /// The deadline passed before any passage was scored.
    DeadlinePassed,
    /// Too many requests waited for the model.
    Busy,
    /// The model failed while scoring.
    ModelFailed,
    /// The model gave no score that is a number.
    NoScores,
}

impl RerankReasonCode {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAskedFor => "not_asked_for",
            Self::OtherArm => "other_arm",
            Self::TooFewCandidates => "too_few_candidates",
            Self::ClearLead => "clear_lead",
            Self::StandIn => "stand_in",
            Self::NoReranker => "no_reranker",
            Self::LanguageUnknown => "language_unknown",
            Self::Loading => "loading",
            Self::LoadFailed => "load_failed",
            Self::DeadlinePassed => "deadline_passed",
            Self::Busy => "busy",
            Self::ModelFailed => "model_failed",
            Self::NoScores => "no_scores",
        }
    }

    /// With what there is to say about it.
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
    /// The same with what there is to count of the scores; `None` is a pair that stayed unscored.
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

    /// A report that says nothing of the model and has counted nothing.
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
