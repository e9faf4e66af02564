use riddle_core::{ChunkRecord, Hit, RerankScore, Span, StageScore, Window};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::metadata::{MetadataDto, metadata_to_json};

/// Characters from `start` up to, not including, `end`.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(example = json!({"start": 1024, "end": 1893}))]
pub(crate) struct SpanDto {
    start: u32,
    end: u32,
}

/// The document that a passage belongs to.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentRef {
    pub(crate) id: Uuid,
    #[schema(example = "handbook/network.md")]
    pub(crate) name: String,
    #[schema(value_type = Object)]
    pub(crate) metadata: MetadataDto,
    /// The knowledge base that it belongs to.
    pub(crate) knowledge_base: KnowledgeBaseRefDto,
}

/// A knowledge base by id and name.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct KnowledgeBaseRefDto {
    pub(crate) id: Uuid,
    #[schema(example = "handbook")]
    pub(crate) name: String,
}

/// Where a passage stood in one stage.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"rank": 2, "score": 7.41}))]
pub(crate) struct StageScoreDto {
    /// From 1.
    rank: u32,
    /// The stage's own score, comparable within this stage alone.
    score: f32,
}

/// What the reranker made of a passage.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"rank": 1, "score_raw": 7.41, "score": 0.9994, "scale": "logit", "window": null}))]
pub(crate) struct RerankScoreDto {
    /// From 1, by the raw score alone.
    rank: u32,
    /// As the model gives it, comparable within this model alone.
    score_raw: f32,
    /// The raw score as a number from 0 to 1, by its scale.
    score: f32,
    /// `logit`: the score is the sigmoid of the raw one; `similarity`: it is the raw one within 0 to 1.
    scale: &'static str,
    /// The window that won, where the passage was scored in several.
    window: Option<WindowDto>,
}

/// A part of a passage that was scored by itself.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"index": 1, "count": 3, "span": {"start": 1400, "end": 2893}}))]
pub(crate) struct WindowDto {
    /// Its place among the windows, from 0.
    index: u32,
    /// How many windows the passage was scored in.
    count: u32,
    /// Place in characters: in the document's extracted text, or in the document that a rerank request sent.
    span: SpanDto,
}

/// A passage and its way through the stages.
#[derive(Serialize, ToSchema)]
pub(crate) struct HitDto {
    /// The chunk.
    chunk_id: Uuid,
    /// Rank from 1 in the final order.
    rank: u32,
    /// Score of the final order, 0 to 1, comparable within this response alone.
    score: f32,
    /// The passage as it stands in the document.
    text: String,
    /// The document.
    document: DocumentRef,
    /// Headings above the passage, outermost first.
    heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    page: Option<u32>,
    /// Place in the document's extracted text, in characters.
    span: SpanDto,
    /// Search by words, if it found the passage.
    bm25: Option<StageScoreDto>,
    /// Search by vector, if it found the passage.
    dense: Option<StageScoreDto>,
    /// After fusion.
    fused: StageScoreDto,
    /// The reranker, if it scored the passage.
    rerank: Option<RerankScoreDto>,
}

impl From<Span> for SpanDto {
    fn from(span: Span) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

impl From<StageScore> for StageScoreDto {
    fn from(score: StageScore) -> Self {
        Self {
            rank: score.rank,
            score: score.score,
        }
    }
}

impl From<RerankScore> for RerankScoreDto {
    fn from(score: RerankScore) -> Self {
        Self {
            rank: score.rank,
            score_raw: score.raw,
            score: score.score,
            scale: score.scale.as_str(),
            window: score.window.map(Into::into),
        }
    }
}

impl From<Window> for WindowDto {
    fn from(window: Window) -> Self {
        Self {
            index: window.index,
            count: window.count,
            span: window.span.into(),
        }
    }
}

impl DocumentRef {
    pub(super) fn of(chunk: &ChunkRecord) -> Self {
        Self {
            id: chunk.document.0,
            name: chunk.document_name.clone(),
            metadata: metadata_to_json(chunk.metadata.clone()),
            knowledge_base: KnowledgeBaseRefDto {
                id: chunk.knowledge_base.0,
                name: chunk.knowledge_base_name.clone(),
            },
        }
    }
}

impl From<Hit> for HitDto {
    fn from(hit: Hit) -> Self {
        let document = DocumentRef::of(&hit.chunk);
        let chunk = hit.chunk.chunk;
        Self {
            chunk_id: hit.chunk.id.0,
            rank: hit.rank,
            score: hit.score,
            text: chunk.text,
            document,
            heading_path: chunk.heading_path,
            page: chunk.page,
            span: chunk.span.into(),
            bm25: hit.bm25.map(Into::into),
            dense: hit.dense.map(Into::into),
            fused: hit.fused.into(),
            rerank: hit.rerank.map(Into::into),
        }
    }
}
