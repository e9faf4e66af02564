use serde::{Deserialize, Serialize};

use crate::fusion::Fusion;
use crate::knowledge_base::RetrievalMode;
use crate::rerank::LongPassages;

/// One of the ways to search that a run measures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EvaluationArm {
    /// Unique within the run, 1 to 60 characters.
    pub name: String,
    /// Which retrievers search.
    pub mode: RetrievalMode,
    /// How their hits become one list.
    pub fusion: Fusion,
    /// Candidates of the fused list.
    pub top_k: u32,
    /// Passages kept, for an answer.
    pub top_n: u32,
    /// How the candidates are reranked; `None` keeps the fused order.
    pub rerank: Option<ArmRerank>,
}

/// How an arm reranks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ArmRerank {
    /// Catalogue name; `None` takes the server's default.
    pub reranker: Option<String>,
    /// Weight of the reranker against the fused score, 0 to 1; `None` takes the reranker's default.
    pub weight: Option<f32>,
    /// Nothing is reranked where the first candidate leads by this much; `None` reranks always.
    pub skip_lead: Option<f32>,
    /// What to do with passages that do not fit the model.
    pub long_passages: LongPassages,
    /// The layer that a layerwise reranker stops at.
    pub cutoff_layer: Option<u32>,
    /// How long the stage may take, in milliseconds; `None` waits for every score.
    pub deadline_ms: Option<u32>,
}
