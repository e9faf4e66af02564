use serde::{Deserialize, Serialize};

use crate::domain::knowledge_base::{RetrievalMode, RetrievalSettings};
use crate::ports::rerank::LongPassages;
use crate::ranking::fusion::Fusion;

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
    /// The language model that answers, `extractive` for quoted answers; `None` takes the knowledge base's. Left out
    /// where there is none, since live comparisons are known by what their arms look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_model: Option<String>,
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

impl ArmRerank {
    /// As a knowledge base reranks, or would, but for the deadline.
    pub fn of_settings(settings: &RetrievalSettings) -> Self {
        Self {
            reranker: settings.reranker.clone(),
            weight: settings.rerank_weight,
            skip_lead: settings.rerank_skip_lead,
            long_passages: settings.long_passages,
            cutoff_layer: settings.cutoff_layer,
            deadline_ms: None,
        }
    }
}

impl EvaluationArm {
    /// The way that a knowledge base searches by itself, but for the deadline of reranking: a run measures what every
    /// score is worth.
    pub fn of_settings(name: &str, settings: &RetrievalSettings) -> Self {
        Self {
            name: name.to_owned(),
            mode: settings.mode,
            fusion: settings.fusion,
            top_k: settings.top_k,
            top_n: settings.top_n,
            rerank: settings.rerank.then(|| ArmRerank::of_settings(settings)),
            chat_model: None,
        }
    }

    /// Makes a knowledge base search this way. Without rerank the settings of the reranker stay for later.
    pub fn put_into(&self, settings: &mut RetrievalSettings) {
        settings.mode = self.mode;
        settings.fusion = self.fusion;
        settings.top_k = self.top_k;
        settings.top_n = self.top_n;
        settings.rerank = self.rerank.is_some();
        if let Some(rerank) = &self.rerank {
            settings.reranker.clone_from(&rerank.reranker);
            settings.rerank_weight = rerank.weight;
            settings.rerank_skip_lead = rerank.skip_lead;
            settings.long_passages = rerank.long_passages;
            settings.cutoff_layer = rerank.cutoff_layer;
            if rerank.deadline_ms.is_some() {
                settings.rerank_deadline_ms = rerank.deadline_ms;
            }
        }
    }
}
