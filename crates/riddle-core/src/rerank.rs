use std::time::Instant;

use crate::embedding::ModelError;

/// What a reranker is.
#[derive(Clone, PartialEq, Debug)]
pub struct RerankerInfo {
    /// Catalogue name.
    pub name: String,
    /// How it scores.
    pub kind: RerankKind,
    /// Longest pair in tokens, special tokens included; passages are cut to fit.
    pub max_tokens: usize,
    /// What its raw scores mean.
    pub scale: ScoreScale,
    /// Measured weight against the fused score, 0 to 1; 1 orders by the reranker alone.
    pub default_weight: f32,
    /// Where it runs, such as `cpu`.
    pub device: String,
}

/// How a reranker scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RerankKind {
    /// Query and passage in one input.
    CrossEncoder,
    /// MaxSim over token vectors; from an embedder that was not trained for it, a stand-in.
    LateInteraction,
}

/// What a raw score means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScoreScale {
    /// A logit; the sigmoid gives 0 to 1.
    Logit,
    /// Already a cosine-like similarity of 0 to 1.
    Similarity,
}

/// One scored pair.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PairScore {
    /// As the model gives it.
    pub raw: f32,
    /// Tokens of the pair as it was scored.
    pub tokens: u32,
    /// Whether the passage was cut.
    pub truncated: bool,
}

/// Scores passages against a query. Owned by one thread; calls block.
pub trait Reranker: Send {
    /// What it is.
    fn info(&self) -> &RerankerInfo;

    /// A score for each passage, in the order given; `None` for what the deadline left unscored.
    /// The passages given first are scored first where the batching allows it.
    ///
    /// # Errors
    /// The runtime failed; no text is at fault.
    fn score(
        &mut self,
        query: &str,
        passages: &[&str],
        deadline: Instant,
    ) -> Result<Vec<Option<PairScore>>, ModelError>;
}

/// What became of reranking in one request.
#[derive(Clone, PartialEq, Debug)]
pub struct RerankReport {
    /// What became of it.
    pub status: RerankStatus,
    /// Why it was skipped or failed, or that a stand-in did it.
    pub reason: Option<String>,
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
    /// Time of the stage in milliseconds.
    pub ms: f64,
    /// Pairs scored.
    pub pairs: u32,
    /// Pairs that the deadline left unscored; they keep the fused order behind the others.
    pub unscored_pairs: u32,
    /// Tokens scored.
    pub tokens: u64,
    /// Pairs whose passage was cut.
    pub truncated_pairs: u32,
}

/// What became of reranking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RerankStatus {
    /// The order is the reranker's, alone or blended.
    Applied,
    /// Not asked for, or nothing to order.
    Skipped,
    /// It failed; the order is the fused one.
    Failed,
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
    /// A stage that did not run, and why.
    pub fn skipped(reason: &str) -> Self {
        Self {
            status: RerankStatus::Skipped,
            reason: Some(reason.to_owned()),
            model: None,
            kind: None,
            stand_in: false,
            device: None,
            weight: None,
            ms: 0.0,
            pairs: 0,
            unscored_pairs: 0,
            tokens: 0,
            truncated_pairs: 0,
        }
    }
}
