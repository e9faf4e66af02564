use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::domain::chunk::Span;
use crate::ports::embedding::ModelError;

/// Weight against the fused score of a reranker that was not measured: half and half, so that neither order can spoil
/// the other.
pub const SAFE_WEIGHT: f32 = 0.5;

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
    /// Weight against the fused score, 0 to 1: the measured one, or [`SAFE_WEIGHT`]; 1 orders by the reranker alone.
    pub default_weight: f32,
    /// Where it runs, such as `cpu`.
    pub device: String,
    /// The layers that it can stop at, lowest and highest, for a layerwise reranker.
    pub layers: Option<(u32, u32)>,
    /// Name, precision and hash of its files, where its engine knows them: another one scores differently.
    pub fingerprint: Option<String>,
}

/// How a reranker scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RerankKind {
    /// Query and passage in one input of an encoder with a classification head.
    CrossEncoder,
    /// A language model asked whether the passage answers the query; the logit of its answer is the score.
    YesNo,
    /// A decoder with a head on each of its upper layers, so that it can stop early.
    Layerwise,
    /// MaxSim over token vectors. Over an embedder that was not trained for it, it is a fallback only.
    LateInteraction,
}

impl RerankKind {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CrossEncoder => "cross_encoder",
            Self::YesNo => "yes_no",
            Self::Layerwise => "layerwise",
            Self::LateInteraction => "late_interaction",
        }
    }
}

/// The instruction that FlagEmbedding's rerankers read after query and passage, word for word as in their training.
pub const FLAG_QUESTION: &str = "Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a prediction of either 'Yes' or 'No'.";

/// How a language model is asked whether a passage answers a query.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YesNoPrompt {
    /// As FlagEmbedding's `FlagLLMReranker` asks bge-reranker-v2-gemma: the score is the logit of `Yes`.
    FlagEmbedding,
    /// As the publishers of Qwen3-Reranker ask it: the score is the logit of `yes` less that of `no`.
    Qwen3,
    /// The question of Qwen3-Reranker in the chat template of any model.
    Chat,
}

/// What a raw score means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreScale {
    /// A logit; the sigmoid gives 0 to 1.
    Logit,
    /// A similarity that is from 0 to 1 already, like a cosine.
    Similarity,
}

impl ScoreScale {
    /// Maps a raw score to 0 to 1, in the same order.
    pub fn normalize(self, raw: f32) -> f32 {
        match self {
            Self::Logit => 1.0 / (1.0 + (-raw).exp()),
            Self::Similarity => raw.clamp(0.0, 1.0),
        }
    }

    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logit => "logit",
            Self::Similarity => "similarity",
        }
    }
}

/// A query and a passage to score together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair<'a> {
    /// What is asked.
    pub query: &'a str,
    /// What may answer it.
    pub passage: &'a str,
}

/// What to do with a passage that does not fit the model beside its query.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongPassages {
    /// Score what fits and leave the rest.
    #[default]
    Truncate,
    /// Score overlapping windows that cover the whole passage, and take the best score.
    MaxSlice,
}

impl LongPassages {
    /// The name used on the wire and in stored settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncate => "truncate",
            Self::MaxSlice => "max_slice",
        }
    }
}

/// Where text is cut away under [`LongPassages::Truncate`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum TruncationSide {
    /// The end of the passage is left out.
    #[default]
    Right,
    /// The beginning of the passage is left out.
    Left,
}

/// How pairs are scored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScoreOptions {
    /// Pairs that are not scored by then stay unscored.
    pub deadline: Instant,
    /// What to do with long passages.
    pub long_passages: LongPassages,
    /// Where passages are cut.
    pub truncation_side: TruncationSide,
    /// Most tokens of a passage under [`LongPassages::Truncate`]. `None` takes what fits the model, which is the limit
    /// in any case.
    pub passage_tokens: Option<usize>,
    /// The layer that a layerwise reranker stops at; `None` is its last one. Other rerankers ignore it.
    pub cutoff_layer: Option<u32>,
}

impl ScoreOptions {
    /// Truncates on the right and stops at no layer.
    pub fn until(deadline: Instant) -> Self {
        Self {
            deadline,
            long_passages: LongPassages::default(),
            truncation_side: TruncationSide::default(),
            passage_tokens: None,
            cutoff_layer: None,
        }
    }
}

/// One scored pair.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PairScore {
    /// As the model gives it.
    pub raw: f32,
    /// Tokens of the pair as it was scored, over all windows.
    pub tokens: u32,
    /// Whether a part of the passage was left out.
    pub truncated: bool,
    /// The best window, where the passage was scored in several.
    pub window: Option<Window>,
}

/// A part of a passage that was scored by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Window {
    /// Its place among the windows, from 0.
    pub index: u32,
    /// How many windows the passage was scored in.
    pub count: u32,
    /// Its place in the passage, in characters.
    pub span: Span,
}

/// Scores pairs of query and passage. One thread opens it, calls it and drops it; calls block.
pub trait Reranker {
    /// What it is.
    fn info(&self) -> &RerankerInfo;

    /// How many texts it computes at the same time. A call with fewer leaves CPU cores idle.
    fn parallel(&self) -> usize {
        1
    }

    /// A score for each pair, in the order given; `None` where the deadline passed before the pair was scored. A score
    /// depends on its pair and the options alone, never on its batch. Earlier pairs are scored earlier as far as
    /// batching allows.
    ///
    /// # Errors
    /// The runtime failed; no text is at fault.
    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError>;

    /// Whether each pair fits the model, so that truncation would cut nothing of it; in the order given. It counts
    /// tokens only: the model does not run, and the deadline is ignored.
    ///
    /// # Errors
    /// The tokenizer failed; no text is at fault.
    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError>;

    /// Forgets what a call that panicked has left half done. Called before the next one.
    fn recover(&mut self) {}
}
