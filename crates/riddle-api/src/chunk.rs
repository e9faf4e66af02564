use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::hit::{DocumentRef, SpanDto};

/// A passage of a document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChunkDto {
    pub id: Uuid,
    /// Position among the document's chunks, from 0.
    pub ordinal: u32,
    /// The passage as it stands in the document, or as it was edited.
    pub text: String,
    /// Headings above it, outermost first.
    pub heading_path: Vec<String>,
    /// Page it starts on, from 1, where the format has pages.
    pub page: Option<u32>,
    /// Place of the original in the document's extracted text, in characters.
    pub span: SpanDto,
    /// Tokens of the embedder.
    pub token_count: u32,
    /// Whether searches find it.
    #[schema(example = true)]
    pub enabled: bool,
    /// Whether the text is another than the document's.
    #[schema(example = false)]
    pub edited: bool,
    /// Counts its changes, from 1 for a passage as it was made.
    #[schema(example = 1)]
    pub revision: u32,
    /// Whether its last change is not in the indexes yet; until then no search shows it.
    #[schema(example = false)]
    pub pending: bool,
}

/// A passage and the document that it belongs to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChunkInDocumentDto {
    #[serde(flatten)]
    pub chunk: ChunkDto,
    pub document: DocumentRef,
}

/// Some of a document's chunks, in order; disabled ones too.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChunkListDto {
    pub chunks: Vec<ChunkDto>,
    /// Value of `from` for the next page; null on the last.
    pub next_from: Option<u32>,
}

/// What to change; what is left out stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "A hotel may cost 140 euros a night.", "revision": 1}))]
pub struct PatchChunk {
    /// The text from now on, at most as long as the embedder reads.
    pub text: Option<String>,
    /// `false` takes the passage out of searches and answers, `true` brings it back.
    pub enabled: Option<bool>,
    /// The revision that the editor has seen; if it is no longer the present one, nothing is changed and the answer
    /// is 409 `chunk_changed`.
    pub revision: Option<u32>,
}

/// The revision to bring back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"revision": 1}))]
pub struct RestoreChunk {
    /// Its number, as the history has it.
    pub revision: u32,
}

/// A passage as it was after one of its changes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChunkRevisionDto {
    /// From 1 for the original.
    #[schema(example = 2)]
    pub revision: u32,
    pub text: String,
    /// Tokens of the embedder.
    pub token_count: u32,
    /// Whether searches found it.
    pub enabled: bool,
    /// RFC 3339; for the original, when the document was processed.
    #[schema(example = "2026-03-01T09:30:00.000Z")]
    pub created_at: String,
    /// Whether it is the present one.
    pub current: bool,
}

/// What a passage was, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChunkHistoryDto {
    pub revisions: Vec<ChunkRevisionDto>,
}
