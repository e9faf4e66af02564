use riddle_core::{ChunkRevision, CuratedChunk};
use riddle_engine::ChunkPatch;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::hit::{DocumentRef, SpanDto};
use super::timestamp::rfc3339;

/// A passage of a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkDto {
    id: Uuid,
    /// Position among the document's chunks, from 0.
    ordinal: u32,
    /// The passage as it stands in the document, or as it was edited.
    text: String,
    /// Headings above it, outermost first.
    heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    page: Option<u32>,
    /// Place of the original in the document's extracted text, in characters.
    span: SpanDto,
    /// Tokens of the embedder.
    token_count: u32,
    /// Whether searches find it.
    #[schema(example = true)]
    enabled: bool,
    /// Whether the text is another than the document's.
    #[schema(example = false)]
    edited: bool,
    /// Counts its changes, from 1 for a passage as it was made.
    #[schema(example = 1)]
    revision: u32,
    /// Whether its last change is not in the indexes yet; until then no search shows it.
    #[schema(example = false)]
    pending: bool,
}

/// A passage and the document that it belongs to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkInDocumentDto {
    #[serde(flatten)]
    chunk: ChunkDto,
    document: DocumentRef,
}

/// Some of a document's chunks, in order; disabled ones too.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkListDto {
    pub(crate) chunks: Vec<ChunkDto>,
    /// Value of `from` for the next page; null on the last.
    pub(crate) next_from: Option<u32>,
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "A hotel may cost 140 euros a night.", "revision": 1}))]
pub(crate) struct PatchChunk {
    /// The text from now on, at most as long as the embedder reads.
    text: Option<String>,
    /// `false` takes the passage out of searches and answers, `true` brings it back.
    enabled: Option<bool>,
    /// The revision that the editor has seen; if it is no longer the present one, nothing is changed and the answer
    /// is 409 `chunk_changed`.
    revision: Option<u32>,
}

/// The revision to bring back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"revision": 1}))]
pub(crate) struct RestoreChunk {
    /// Its number, as the history has it.
    pub(crate) revision: u32,
}

/// A passage as it was after one of its changes.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkRevisionDto {
    /// From 1 for the original.
    #[schema(example = 2)]
    revision: u32,
    text: String,
    /// Tokens of the embedder.
    token_count: u32,
    /// Whether searches found it.
    enabled: bool,
    /// RFC 3339; for the original, when the document was processed.
    #[schema(example = "2026-03-01T09:30:00.000Z")]
    created_at: String,
    /// Whether it is the present one.
    current: bool,
}

/// What a passage was, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChunkHistoryDto {
    revisions: Vec<ChunkRevisionDto>,
}

impl From<CuratedChunk> for ChunkDto {
    fn from(curated: CuratedChunk) -> Self {
        let CuratedChunk { record, state } = curated;
        let chunk = record.chunk;
        Self {
            id: record.id.0,
            ordinal: chunk.ordinal,
            text: chunk.text,
            heading_path: chunk.heading_path,
            page: chunk.page,
            span: chunk.span.into(),
            token_count: chunk.token_count,
            enabled: state.enabled,
            edited: state.edited,
            revision: state.revision,
            pending: state.pending,
        }
    }
}

impl From<CuratedChunk> for ChunkInDocumentDto {
    fn from(curated: CuratedChunk) -> Self {
        Self {
            document: DocumentRef::of(&curated.record),
            chunk: curated.into(),
        }
    }
}

impl ChunkListDto {
    /// A page asked for with this limit.
    pub(crate) fn of(chunks: Vec<CuratedChunk>, limit: u32) -> Self {
        let full = chunks.len() >= limit as usize;
        let last = chunks.last().map(|chunk| chunk.record.chunk.ordinal);
        Self {
            chunks: chunks.into_iter().map(Into::into).collect(),
            next_from: last.filter(|_| full).map(|ordinal| ordinal + 1),
        }
    }
}

impl From<PatchChunk> for ChunkPatch {
    fn from(patch: PatchChunk) -> Self {
        Self {
            text: patch.text,
            enabled: patch.enabled,
            revision: patch.revision,
        }
    }
}

impl From<Vec<ChunkRevision>> for ChunkHistoryDto {
    fn from(revisions: Vec<ChunkRevision>) -> Self {
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
