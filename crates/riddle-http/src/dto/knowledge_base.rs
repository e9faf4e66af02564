use riddle_core::{
    ChunkingSettings, KnowledgeBase, KnowledgeBaseSettings, KnowledgeBaseSummary, RetrievalMode,
    RetrievalSettings,
};
use riddle_engine::{KnowledgeBasePatch, NewKnowledgeBase};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::query::{LongPassagesDto, ModeDto};
use super::search::mode_name;
use super::timestamp::rfc3339;

/// The name that asks for no embedder.
const NO_EMBEDDER: &str = "none";

/// A knowledge base to create. What is left out takes the server's default.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "handbook", "description": "How we work", "embedder": "all-minilm-l6-v2"}))]
pub(crate) struct CreateKnowledgeBase {
    /// 1 to 100 characters, unique, no slash.
    name: String,
    #[serde(default)]
    description: String,
    /// Catalogue name of the embedder; `none` searches by words alone. It cannot be changed later.
    embedder: Option<String>,
    chunking: Option<ChunkingPatch>,
    retrieval: Option<RetrievalPatch>,
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "How we work now", "retrieval": {"top_n": 5}}))]
pub(crate) struct PatchKnowledgeBase {
    name: Option<String>,
    description: Option<String>,
    /// For documents ingested from now on.
    chunking: Option<ChunkingPatch>,
    /// For searches from now on.
    retrieval: Option<RetrievalPatch>,
}

/// How text is cut into chunks.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChunkingPatch {
    /// Upper bound of a chunk in tokens of the embedder, 32 to 8192.
    max_tokens: Option<u32>,
    /// Tokens that neighbouring chunks share at most; below half of `max_tokens`.
    overlap_tokens: Option<u32>,
}

/// How questions are searched when a request does not say otherwise.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetrievalPatch {
    /// Candidates handed to the reranker.
    top_k: Option<u32>,
    /// Passages kept for the answer.
    top_n: Option<u32>,
    /// Which arms search.
    mode: Option<ModeDto>,
    /// Whether the reranker runs.
    rerank: Option<bool>,
    /// Catalogue name of the cross-encoder; null takes the server's default.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    reranker: Option<Option<String>>,
    /// Weight of the reranker against the fused score, 0 to 1; null takes the reranker's measured default.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f32>)]
    rerank_weight: Option<Option<f32>>,
    /// Where the first candidate's fused score leads by this part of the range of all of them, nothing is reranked: above 0
    /// to 1, from three candidates on; null reranks always.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f32>)]
    rerank_skip_lead: Option<Option<f32>>,
    /// What to do with passages that do not fit the reranker.
    long_passages: Option<LongPassagesDto>,
    /// The layer that a layerwise reranker stops at; null takes its last one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    cutoff_layer: Option<Option<u32>>,
    /// How long reranking may take in one request, 1 to 60000; null takes the server's limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    rerank_deadline_ms: Option<Option<u32>>,
}

/// A knowledge base.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnowledgeBaseDto {
    id: Uuid,
    #[schema(example = "handbook")]
    name: String,
    description: String,
    /// Catalogue name of the embedder; null for search by words alone.
    #[schema(example = "all-minilm-l6-v2")]
    embedder: Option<String>,
    chunking: ChunkingDto,
    retrieval: RetrievalSettingsDto,
    /// Documents in any status.
    documents: u64,
    /// Passages that searches see.
    chunks: u64,
    /// RFC 3339.
    #[schema(example = "2026-03-01T09:30:00.000Z")]
    created_at: String,
}

/// How text is cut into chunks.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkingDto {
    max_tokens: u32,
    overlap_tokens: u32,
}

/// How questions are searched when a request does not say otherwise.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetrievalSettingsDto {
    top_k: u32,
    top_n: u32,
    #[schema(example = "hybrid")]
    mode: &'static str,
    rerank: bool,
    reranker: Option<String>,
    rerank_weight: Option<f32>,
    rerank_skip_lead: Option<f32>,
    /// `truncate` or `max_slice`.
    #[schema(example = "truncate")]
    long_passages: &'static str,
    cutoff_layer: Option<u32>,
    rerank_deadline_ms: Option<u32>,
}

/// All knowledge bases by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct KnowledgeBaseListDto {
    knowledge_bases: Vec<KnowledgeBaseDto>,
}

impl From<CreateKnowledgeBase> for NewKnowledgeBase {
    fn from(body: CreateKnowledgeBase) -> Self {
        let embedder = body.embedder.clone().filter(|name| name != NO_EMBEDDER);
        let without = body.embedder.as_deref() == Some(NO_EMBEDDER);
        // Whether the server has a default embedder is the engine's to know; a mode nobody chose must suit both.
        let mut defaults = KnowledgeBaseSettings::with_embedder(embedder);
        if !without {
            defaults.retrieval.mode = RetrievalMode::Hybrid;
        }
        Self {
            name: body.name,
            description: body.description,
            embedder: body.embedder,
            chunking: body.chunking.map(|patch| patch.over(defaults.chunking)),
            retrieval: body.retrieval.map(|patch| patch.over(defaults.retrieval)),
        }
    }
}

impl PatchKnowledgeBase {
    /// Whether the settings of now are needed to know the new ones.
    pub(crate) fn touches_settings(&self) -> bool {
        self.chunking.is_some() || self.retrieval.is_some()
    }

    /// The change, given the settings of now.
    pub(crate) fn over(self, current: Option<KnowledgeBaseSettings>) -> KnowledgeBasePatch {
        let current = current.unwrap_or_else(|| KnowledgeBaseSettings::with_embedder(None));
        KnowledgeBasePatch {
            name: self.name,
            description: self.description,
            chunking: self.chunking.map(|patch| patch.over(current.chunking)),
            retrieval: self.retrieval.map(|patch| patch.over(current.retrieval)),
        }
    }
}

impl ChunkingPatch {
    fn over(self, current: ChunkingSettings) -> ChunkingSettings {
        ChunkingSettings {
            max_tokens: self.max_tokens.unwrap_or(current.max_tokens),
            overlap_tokens: self.overlap_tokens.unwrap_or(current.overlap_tokens),
        }
    }
}

impl RetrievalPatch {
    fn over(self, current: RetrievalSettings) -> RetrievalSettings {
        RetrievalSettings {
            top_k: self.top_k.unwrap_or(current.top_k),
            top_n: self.top_n.unwrap_or(current.top_n),
            mode: self.mode.map_or(current.mode, Into::into),
            rerank: self.rerank.unwrap_or(current.rerank),
            reranker: self.reranker.unwrap_or(current.reranker),
            rerank_weight: self.rerank_weight.unwrap_or(current.rerank_weight),
            rerank_skip_lead: self.rerank_skip_lead.unwrap_or(current.rerank_skip_lead),
            long_passages: self.long_passages.map_or(current.long_passages, Into::into),
            cutoff_layer: self.cutoff_layer.unwrap_or(current.cutoff_layer),
            rerank_deadline_ms: self
                .rerank_deadline_ms
                .unwrap_or(current.rerank_deadline_ms),
        }
    }
}

impl From<KnowledgeBaseSummary> for KnowledgeBaseDto {
    fn from(summary: KnowledgeBaseSummary) -> Self {
        Self {
            documents: summary.documents,
            chunks: summary.chunks,
            ..Self::from(summary.knowledge_base)
        }
    }
}

impl From<KnowledgeBase> for KnowledgeBaseDto {
    /// A new knowledge base, with nothing in it.
    fn from(knowledge_base: KnowledgeBase) -> Self {
        let settings = knowledge_base.settings;
        let retrieval = settings.retrieval;
        Self {
            id: knowledge_base.id.0,
            name: knowledge_base.name,
            description: knowledge_base.description,
            embedder: settings.embedder,
            chunking: ChunkingDto {
                max_tokens: settings.chunking.max_tokens,
                overlap_tokens: settings.chunking.overlap_tokens,
            },
            retrieval: RetrievalSettingsDto {
                top_k: retrieval.top_k,
                top_n: retrieval.top_n,
                mode: mode_name(retrieval.mode),
                rerank: retrieval.rerank,
                reranker: retrieval.reranker,
                rerank_weight: retrieval.rerank_weight,
                rerank_skip_lead: retrieval.rerank_skip_lead,
                long_passages: retrieval.long_passages.as_str(),
                cutoff_layer: retrieval.cutoff_layer,
                rerank_deadline_ms: retrieval.rerank_deadline_ms,
            },
            documents: 0,
            chunks: 0,
            created_at: rfc3339(knowledge_base.created_at),
        }
    }
}

impl From<Vec<KnowledgeBaseSummary>> for KnowledgeBaseListDto {
    fn from(summaries: Vec<KnowledgeBaseSummary>) -> Self {
        Self {
            knowledge_bases: summaries.into_iter().map(Into::into).collect(),
        }
    }
}

/// Tells a null, which resets, from a field that is not there.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_null_resets_and_an_absent_field_stays() {
        let mut current = KnowledgeBaseSettings::with_embedder(None);
        current.retrieval.reranker = Some("x".to_owned());
        current.retrieval.rerank_weight = Some(0.5);
        let patch: PatchKnowledgeBase =
            serde_json::from_value(json!({"retrieval": {"reranker": null, "top_n": 5}}))
                .expect("fits");
        let retrieval = patch.over(Some(current)).retrieval.expect("changed");
        assert_eq!(retrieval.reranker, None);
        assert_eq!(retrieval.rerank_weight, Some(0.5));
        assert_eq!((retrieval.top_k, retrieval.top_n), (20, 5));
    }
}
