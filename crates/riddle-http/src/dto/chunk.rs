use riddle_api::{
    ChunkDto, ChunkHistoryDto, ChunkInDocumentDto, ChunkListDto, ChunkRevisionDto, PatchChunk,
};
use riddle_core::{ChunkRevision, CuratedChunk};
use riddle_engine::ChunkPatch;

use super::convert::{Convert, ConvertFrom};
use super::hit::document_ref;
use super::timestamp::rfc3339;

impl ConvertFrom<CuratedChunk> for ChunkDto {
    fn convert_from(curated: CuratedChunk) -> Self {
        let CuratedChunk { record, state } = curated;
        let chunk = record.chunk;
        Self {
            id: record.id.0,
            ordinal: chunk.ordinal,
            text: chunk.text,
            heading_path: chunk.heading_path,
            page: chunk.page,
            span: chunk.span.convert(),
            token_count: chunk.token_count,
            enabled: state.enabled,
            edited: state.edited,
            revision: state.revision,
            pending: state.pending,
        }
    }
}

impl ConvertFrom<CuratedChunk> for ChunkInDocumentDto {
    fn convert_from(curated: CuratedChunk) -> Self {
        Self {
            document: document_ref(&curated.record),
            chunk: curated.convert(),
        }
    }
}

/// A page asked for with this limit.
pub(crate) fn chunk_list(chunks: Vec<CuratedChunk>, limit: u32) -> ChunkListDto {
    let full = chunks.len() >= limit as usize;
    let last = chunks.last().map(|chunk| chunk.record.chunk.ordinal);
    ChunkListDto {
        chunks: chunks.into_iter().map(Convert::convert).collect(),
        next_from: last.filter(|_| full).map(|ordinal| ordinal + 1),
    }
}

impl ConvertFrom<PatchChunk> for ChunkPatch {
    fn convert_from(patch: PatchChunk) -> Self {
        Self {
            text: patch.text,
            enabled: patch.enabled,
            revision: patch.revision,
        }
    }
}

impl ConvertFrom<Vec<ChunkRevision>> for ChunkHistoryDto {
    fn convert_from(revisions: Vec<ChunkRevision>) -> Self {
        let revisions = revisions.into_iter().map(|past| ChunkRevisionDto {
            revision: past.revision,
            text: past.text,
            token_count: past.token_count,
            enabled: past.enabled,
            created_at: rfc3339(past.created_at),
            current: past.current,
        });
        Self {
            revisions: revisions.collect(),
        }
    }
}
