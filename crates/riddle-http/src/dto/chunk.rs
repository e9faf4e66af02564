use riddle_api::{
    ChunkDto, ChunkHistoryDto, ChunkInDocumentDto, ChunkListDto, ChunkRevisionDto, PatchChunk,
};
use riddle_core::{ChunkRevision, CuratedChunk, rfc3339};
use riddle_engine::ChunkPatch;

use super::convert::{Convert, ConvertFrom};
use super::hit::document_ref;

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

/// Bytes of text after which a long page ends early.
const MAX_PAGE_BYTES: usize = 4 << 20;

/// A page asked for with this limit. Past `usual` passages it ends early where it has much text.
pub(crate) fn chunk_list(mut chunks: Vec<CuratedChunk>, limit: u32, usual: usize) -> ChunkListDto {
    let found = chunks.len();
    let lengths = chunks.iter().map(|chunk| chunk.record.chunk.text.len());
    chunks.truncate(page_end(lengths, usual));
    let full = found >= limit as usize || chunks.len() < found;
    let last = chunks.last().map(|chunk| chunk.record.chunk.ordinal);
    ChunkListDto {
        chunks: chunks.into_iter().map(Convert::convert).collect(),
        next_from: last.filter(|_| full).map(|ordinal| ordinal + 1),
    }
}

/// How many passages are at most on a page of texts that are so long.
fn page_end(lengths: impl Iterator<Item = usize>, usual: usize) -> usize {
    let mut bytes = 0;
    let fitting = lengths.take_while(|length| {
        bytes += length;
        bytes <= MAX_PAGE_BYTES
    });
    fitting.count().max(usual)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_pages_of_much_text_end_early_and_usual_ones_never() {
        let page = |length: usize, usual| page_end(std::iter::repeat_n(length, 1_000), usual);
        assert_eq!(page(4_000, 100), 1_000);
        assert_eq!(page(MAX_PAGE_BYTES / 200, 100), 200);
        assert_eq!(page(MAX_PAGE_BYTES / 50, 100), 100);
        assert_eq!(page(MAX_PAGE_BYTES + 1, 1), 1);
    }
}
