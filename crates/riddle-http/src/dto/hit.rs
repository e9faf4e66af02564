use riddle_api::{
    DocumentRef, HitDto, KnowledgeBaseRefDto, RerankScoreDto, SpanDto, StageScoreDto, WindowDto,
};
use riddle_core::{ChunkRecord, Hit, RerankScore, Span, StageScore, Window};

use super::convert::{Convert, ConvertFrom};
use super::metadata::metadata_to_json;

impl ConvertFrom<Span> for SpanDto {
    fn convert_from(span: Span) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

impl ConvertFrom<StageScore> for StageScoreDto {
    fn convert_from(score: StageScore) -> Self {
        Self {
            rank: score.rank,
            score: score.score,
        }
    }
}

impl ConvertFrom<RerankScore> for RerankScoreDto {
    fn convert_from(score: RerankScore) -> Self {
        Self {
            rank: score.rank,
            score_raw: score.raw,
            score: score.score,
            scale: score.scale.as_str().to_owned(),
            window: score.window.map(Convert::convert),
        }
    }
}

impl ConvertFrom<Window> for WindowDto {
    fn convert_from(window: Window) -> Self {
        Self {
            index: window.index,
            count: window.count,
            span: window.span.convert(),
        }
    }
}

/// The document of a passage.
pub(super) fn document_ref(chunk: &ChunkRecord) -> DocumentRef {
    DocumentRef {
        id: chunk.document.0,
        name: chunk.document_name.clone(),
        metadata: metadata_to_json(chunk.metadata.clone()),
        knowledge_base: KnowledgeBaseRefDto {
            id: chunk.knowledge_base.0,
            name: chunk.knowledge_base_name.clone(),
        },
    }
}

impl ConvertFrom<Hit> for HitDto {
    fn convert_from(hit: Hit) -> Self {
        let document = document_ref(&hit.chunk);
        let chunk = hit.chunk.chunk;
        Self {
            chunk_id: hit.chunk.id.0,
            rank: hit.rank,
            copy_of: hit.copy_of.map(|chunk| chunk.0),
            score: hit.score,
            text: chunk.text,
            document,
            heading_path: chunk.heading_path,
            page: chunk.page,
            span: chunk.span.convert(),
            bm25: hit.bm25.map(Convert::convert),
            dense: hit.dense.map(Convert::convert),
            fused: hit.fused.convert(),
            rerank: hit.rerank.map(Convert::convert),
        }
    }
}
