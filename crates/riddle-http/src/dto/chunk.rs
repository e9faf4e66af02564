use riddle_core::ChunkRecord;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::hit::SpanDto;

/// A passage of a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkDto {
    id: Uuid,
    /// Position among the document's chunks, from 0.
    ordinal: u32,
    /// The passage as it stands in the document.
    text: String,
    /// Headings above it, outermost first.
    heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    page: Option<u32>,
    /// Place in the document's extracted text, in characters.
    span: SpanDto,
    /// Tokens of the embedder.
    token_count: u32,
}

/// Some of a document's chunks, in order.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkListDto {
    pub(crate) chunks: Vec<ChunkDto>,
    /// Value of `from` for the next page; null on the last.
    pub(crate) next_from: Option<u32>,
}

impl From<ChunkRecord> for ChunkDto {
    fn from(record: ChunkRecord) -> Self {
        let chunk = record.chunk;
        Self {
            id: record.id.0,
            ordinal: chunk.ordinal,
            text: chunk.text,
            heading_path: chunk.heading_path,
            page: chunk.page,
            span: chunk.span.into(),
            token_count: chunk.token_count,
        }
    }
}

impl ChunkListDto {
    /// A page asked for with this limit.
    pub(crate) fn of(records: Vec<ChunkRecord>, limit: u32) -> Self {
        let full = records.len() >= limit as usize;
        let last = records.last().map(|record| record.chunk.ordinal);
        Self {
            chunks: records.into_iter().map(Into::into).collect(),
            next_from: last.filter(|_| full).map(|ordinal| ordinal + 1),
        }
    }
}
