use serde::{Deserialize, Serialize};

use crate::domain::id::KnowledgeBaseId;
use crate::ports::rerank::LongPassages;
use crate::ports::time::Timestamp;
use crate::ranking::fusion::Fusion;

/// A set of documents that are searched together, with the settings they are processed and searched with.
#[derive(Clone, PartialEq, Debug)]
pub struct KnowledgeBase {
    /// Identity.
    pub id: KnowledgeBaseId,
    /// Unique among all knowledge bases, never a UUID, 1 to 100 characters.
    pub name: String,
    /// Free text for people.
    pub description: String,
    /// How documents are processed and searched.
    pub settings: KnowledgeBaseSettings,
    /// Fingerprint of the embedder whose vectors the index holds; `None` for a knowledge base without dense search.
    pub embedder_fingerprint: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How documents of a knowledge base are processed and searched, and what they may be asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct KnowledgeBaseSettings {
    /// Catalogue name of the embedder; `None` for BM25 alone.
    pub embedder: Option<String>,
    /// How text is cut into chunks.
    pub chunking: ChunkingSettings,
    /// How questions are searched when a request does not say otherwise.
    pub retrieval: RetrievalSettings,
    /// The language model that answers when a request does not say otherwise, `extractive` for quoted answers; `None`
    /// takes the server's.
    #[serde(default)]
    pub chat_model: Option<String>,
    /// Questions that its documents answer, to begin with: at most 6 of 1 to 200 characters.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Catalogue name of the embedder that takes the place of the present one once its vectors are made.
    #[serde(default)]
    pub next_embedder: Option<String>,
    /// A language of its documents that its embedder does not know, such as `zh`.
    #[serde(default)]
    pub unread_language: Option<String>,
    /// Whether nobody wants another embedder to be suggested.
    #[serde(default)]
    pub suggestion_dismissed: bool,
}

/// How text is cut into chunks.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChunkingSettings {
    /// Upper bound of a chunk in tokens of the embedder, 32 to 8,192.
    pub max_tokens: u32,
    /// Tokens that neighbouring chunks share at most; below half of `max_tokens`.
    pub overlap_tokens: u32,
}

/// Defaults of a search in this knowledge base.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RetrievalSettings {
    /// Candidates handed to the reranker.
    pub top_k: u32,
    /// Hits kept, for the response or the answer.
    pub top_n: u32,
    /// Which retrievers search.
    pub mode: RetrievalMode,
    /// How the hits of both retrievers become one list.
    #[serde(default)]
    pub fusion: Fusion,
    /// Whether the reranker runs.
    pub rerank: bool,
    /// Catalogue name of the cross-encoder; `None` takes the server's default.
    pub reranker: Option<String>,
    /// Weight of the reranker's score against the fused score, both min-max scaled, 0 to 1. 1 orders by the reranker
    /// alone; `None` takes the default that was measured for the reranker.
    pub rerank_weight: Option<f32>,
    /// Nothing is reranked where the first candidate's fused score leads by this part of the range of all scores; above
    /// 0, at most 1. `None` reranks always.
    #[serde(default)]
    pub rerank_skip_lead: Option<f32>,
    /// What to do with passages that are too long for the reranker.
    #[serde(default)]
    pub long_passages: LongPassages,
    /// The layer that a layerwise reranker stops at; `None` takes its last one.
    #[serde(default)]
    pub cutoff_layer: Option<u32>,
    /// How long reranking may take in one request, in milliseconds; `None` takes the server's limit.
    #[serde(default)]
    pub rerank_deadline_ms: Option<u32>,
}

/// Which retrievers search.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetrievalMode {
    /// BM25 and dense vectors, fused.
    Hybrid,
    /// BM25 alone.
    Bm25,
    /// Dense vectors alone.
    Dense,
}

/// A knowledge base and how much is in it.
#[derive(Clone, PartialEq, Debug)]
pub struct KnowledgeBaseSummary {
    /// The knowledge base.
    pub knowledge_base: KnowledgeBase,
    /// Documents that are not deleted, in any status.
    pub documents: u64,
    /// Live chunks.
    pub chunks: u64,
}

impl KnowledgeBaseSettings {
    /// The settings of a new knowledge base, as measured best on small machines.
    pub fn with_embedder(embedder: Option<String>) -> Self {
        let mode = if embedder.is_some() {
            RetrievalMode::Hybrid
        } else {
            RetrievalMode::Bm25
        };
        Self {
            embedder,
            chunking: ChunkingSettings {
                max_tokens: 256,
                overlap_tokens: 32,
            },
            retrieval: RetrievalSettings {
                top_k: 20,
                top_n: 3,
                mode,
                fusion: Fusion::default(),
                rerank: true,
                reranker: None,
                rerank_weight: None,
                rerank_skip_lead: None,
                long_passages: LongPassages::default(),
                cutoff_layer: None,
                rerank_deadline_ms: None,
            },
            chat_model: None,
            examples: Vec::new(),
            next_embedder: None,
            unread_language: None,
            suggestion_dismissed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_before_the_newer_fields_are_still_read() {
        let stored = r#"{
            "embedder": null,
            "chunking": {"max_tokens": 256, "overlap_tokens": 32},
            "retrieval": {
                "top_k": 20, "top_n": 3, "mode": "bm25", "rerank": true, "reranker": null, "rerank_weight": 0.5
            }
        }"#;
        let settings: KnowledgeBaseSettings = serde_json::from_str(stored).expect("is understood");
        let mut expected = KnowledgeBaseSettings::with_embedder(None);
        expected.retrieval.rerank_weight = Some(0.5);
        assert_eq!(settings, expected);
        let written = serde_json::to_string(&settings).expect("is written");
        for field in [
            r#""long_passages":"truncate""#,
            r#""examples":[]"#,
            r#""chat_model":null"#,
            r#""fusion":{"method":"weighted","dense_weight":0.5}"#,
        ] {
            assert!(written.contains(field), "{written}");
        }
    }
}
