use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::fusion::FusionDto;
use crate::query::ModeDto;
use crate::rerank_options::{RerankBody, RerankChoice, given};

/// A knowledge base to create. What is left out takes the server's default.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "handbook", "description": "How we work", "embedder": "all-minilm-l6-v2"}))]
pub struct CreateKnowledgeBase {
    /// 1 to 100 characters, unique, no slash.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// At most 4000 characters.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub description: String,
    /// Catalogue name of the embedder; `none` searches by words alone.
    #[schema(max_length = 200)]
    pub embedder: Option<String>,
    pub chunking: Option<ChunkingPatch>,
    pub retrieval: Option<RetrievalPatch>,
    /// The language model that answers, by its name in the catalogue or on the configured server; `extractive` quotes
    /// the sources. Otherwise the server's.
    #[schema(max_length = 200)]
    pub chat_model: Option<String>,
    /// Questions that its documents answer, each a line of 1 to 200 characters.
    #[serde(default)]
    #[schema(max_items = 6, example = json!(["How many days of leave are there?"]))]
    pub examples: Vec<String>,
}

/// What to change; what is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "How we work now", "retrieval": {"top_n": 5}}))]
pub struct PatchKnowledgeBase {
    /// 1 to 100 characters, unique, no slash.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// At most 4000 characters.
    #[schema(max_length = 4000)]
    pub description: Option<String>,
    /// For documents ingested from now on.
    pub chunking: Option<ChunkingPatch>,
    /// For searches from now on.
    pub retrieval: Option<RetrievalPatch>,
    /// The language model that answers from now on, `extractive` for quoted answers; null takes the server's.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub chat_model: Option<Option<String>>,
    /// Questions that its documents answer, each a line of 1 to 200 characters, in place of those before.
    #[schema(max_items = 6, example = json!(["How many days of leave are there?"]))]
    pub examples: Option<Vec<String>>,
    /// Catalogue name of another embedder. Its vectors are made in the background, while searches go on with the
    /// present ones; then it takes their place. It may still have to be fetched. The name of the present one ends a
    /// change.
    #[schema(max_length = 200)]
    pub embedder: Option<String>,
    /// Whether `embedder_suggestion` is to be null from now on.
    pub dismiss_suggestion: Option<bool>,
}

/// How text is cut into chunks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChunkingPatch {
    /// Upper bound of a chunk in tokens of the embedder, 32 to 8192.
    #[schema(minimum = 32, maximum = 8192)]
    pub max_tokens: Option<u32>,
    /// Tokens that neighbouring chunks share at most; below half of `max_tokens`.
    #[schema(maximum = 4095)]
    pub overlap_tokens: Option<u32>,
}

/// How questions are searched when a request does not say otherwise.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrievalPatch {
    /// Candidates handed to the reranker.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_k: Option<u32>,
    /// Passages kept for the answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_n: Option<u32>,
    /// Which retrievers search.
    pub mode: Option<ModeDto>,
    /// How the hits of both retrievers become one list.
    pub fusion: Option<FusionDto>,
    /// Whether to rerank, and how.
    #[schema(value_type = Option<RerankChoice>)]
    pub rerank: Option<RerankBody>,
}

impl PatchKnowledgeBase {
    /// Whether the settings of now are needed to know the new ones.
    pub fn touches_settings(&self) -> bool {
        self.chunking.is_some() || self.retrieval.is_some()
    }
}

/// A knowledge base.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeBaseDto {
    pub id: Uuid,
    #[schema(example = "handbook")]
    pub name: String,
    pub description: String,
    /// Catalogue name of the embedder; null for search by words alone.
    #[schema(example = "all-minilm-l6-v2")]
    pub embedder: Option<String>,
    pub chunking: ChunkingDto,
    pub retrieval: RetrievalSettingsDto,
    /// The language model that answers, `extractive` for quoted answers; null takes the server's.
    pub chat_model: Option<String>,
    /// Example questions that it was given.
    #[serde(default)]
    pub examples: Vec<String>,
    /// An embedder that knows its documents better than the present one; null where none is suggested.
    pub embedder_suggestion: Option<EmbedderSuggestionDto>,
    /// How far the embedder is that was chosen to take the place of the present one; null where none was.
    pub embedder_change: Option<EmbedderChangeDto>,
    /// Documents in any status.
    pub documents: u64,
    /// Passages that searches see.
    pub chunks: u64,
    /// RFC 3339.
    #[schema(example = "2026-03-01T09:30:00.000Z")]
    pub created_at: String,
}

/// An embedder that knows the documents of a knowledge base better than the present one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "embedder": "multilingual-e5-small", "here": false, "language": "zh",
    "reason": "Some of its documents are in Chinese, which the embedder `all-minilm-l6-v2` does not know, so they are found by their words alone. `multilingual-e5-small` knows about a hundred languages."
}))]
pub struct EmbedderSuggestionDto {
    /// Its catalogue name, for `embedder` of a change.
    pub embedder: String,
    /// Whether its files are here; otherwise they are fetched first.
    pub here: bool,
    /// ISO 639-1 code of the language that the present embedder does not know.
    pub language: String,
    /// Why, for people.
    pub reason: String,
}

/// How far the vectors of another embedder are, or those of the present one where its files are not those that made the
/// vectors which are there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"embedder": "multilingual-e5-small", "done": 512, "total": 4096, "problem": null}))]
pub struct EmbedderChangeDto {
    /// Its catalogue name.
    pub embedder: String,
    /// Passages whose vectors are made.
    pub done: u64,
    /// All of them; 0 before it has begun.
    pub total: u64,
    /// Why it does not get on, and what to do, for people. It is tried again by itself.
    pub problem: Option<String>,
}

/// How text is cut into chunks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChunkingDto {
    pub max_tokens: u32,
    pub overlap_tokens: u32,
}

/// How questions are searched when a request does not say otherwise.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RetrievalSettingsDto {
    pub top_k: u32,
    pub top_n: u32,
    #[schema(example = "hybrid")]
    pub mode: String,
    /// How the hits of both retrievers become one list.
    #[serde(default)]
    #[schema(required)]
    pub fusion: FusionDto,
    pub rerank: bool,
    pub reranker: Option<String>,
    pub rerank_weight: Option<f32>,
    pub rerank_skip_lead: Option<f32>,
    /// `truncate` or `max_slice`.
    #[schema(example = "truncate")]
    pub long_passages: String,
    pub cutoff_layer: Option<u32>,
    pub rerank_deadline_ms: Option<u32>,
}

/// All knowledge bases by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeBaseListDto {
    pub knowledge_bases: Vec<KnowledgeBaseDto>,
}
