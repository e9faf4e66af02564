use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::metadata::MetadataDto;

/// Characters from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"start": 1024, "end": 1893}))]
pub struct SpanDto {
    pub start: u32,
    pub end: u32,
}

/// The document that a passage belongs to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentRef {
    pub id: Uuid,
    #[schema(example = "handbook/network.md")]
    pub name: String,
    #[schema(value_type = Object)]
    pub metadata: MetadataDto,
    /// The knowledge base that it belongs to.
    pub knowledge_base: KnowledgeBaseRefDto,
}

/// A knowledge base by id and name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnowledgeBaseRefDto {
    pub id: Uuid,
    #[schema(example = "handbook")]
    pub name: String,
}

/// Where a passage stood in one stage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"rank": 2, "score": 7.41}))]
pub struct StageScoreDto {
    /// From 1.
    pub rank: u32,
    /// The stage's own score, comparable within this stage alone.
    pub score: f32,
}

/// What the reranker made of a passage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"rank": 1, "score_raw": 7.41, "score": 0.9994, "scale": "logit", "window": null}))]
pub struct RerankScoreDto {
    /// From 1, by the raw score alone.
    pub rank: u32,
    /// As the model gives it, comparable within this model alone.
    pub score_raw: f32,
    /// The raw score as a number from 0 to 1, by its scale.
    pub score: f32,
    /// `logit`: the score is the sigmoid of the raw one; `similarity`: it is the raw one within 0 to 1.
    pub scale: String,
    /// The window that won, where the passage was scored in several.
    pub window: Option<WindowDto>,
}

/// A part of a passage that was scored by itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"index": 1, "count": 3, "span": {"start": 1400, "end": 2893}}))]
pub struct WindowDto {
    /// Its place among the windows, from 0.
    pub index: u32,
    /// How many windows the passage was scored in.
    pub count: u32,
    /// Place in characters: in the document's extracted text, or in the document that a rerank request sent.
    pub span: SpanDto,
}

/// A passage and its way through the stages.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HitDto {
    /// The chunk.
    pub chunk_id: Uuid,
    /// Rank from 1 in the final order; passages with the same text share it.
    pub rank: u32,
    /// The passage right before it, or among those right before it, that has the same text: the two count as one of
    /// `top_n`. Left out of a passage that is the first with its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<Uuid>,
    /// Score of the final order, 0 to 1, comparable within this response alone.
    pub score: f32,
    /// The passage as it stands in the document.
    pub text: String,
    /// The document.
    pub document: DocumentRef,
    /// Headings above the passage, outermost first; before them the title of a page, if no heading has a word of it.
    pub heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// Place in the document's extracted text, in characters.
    pub span: SpanDto,
    /// Search by words, if it found the passage.
    pub bm25: Option<StageScoreDto>,
    /// Search by vector, if it found the passage.
    pub dense: Option<StageScoreDto>,
    /// After fusion.
    pub fused: StageScoreDto,
    /// The reranker, if it scored the passage.
    pub rerank: Option<RerankScoreDto>,
}
