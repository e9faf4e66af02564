use async_trait::async_trait;

use crate::domain::chunk::ChunkRecord;
use crate::domain::id::{ChunkId, DocumentId};
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// What people have done to a chunk since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChunkState {
    /// Whether searches may find it.
    pub enabled: bool,
    /// Whether its text differs from the document's.
    pub edited: bool,
    /// Its revision: 1 as it was processed, one more for each change.
    pub revision: u32,
    /// Whether the indexes have still to apply its last change. No search shows it until they have.
    pub pending: bool,
}

/// A live chunk with its state.
#[derive(Clone, PartialEq, Debug)]
pub struct CuratedChunk {
    /// The chunk as it is now. Headings, page and span stay those of the original.
    pub record: ChunkRecord,
    /// What was done to it.
    pub state: ChunkState,
}

/// A change of a chunk.
#[derive(Clone, PartialEq, Debug)]
pub struct ChunkChange {
    /// The chunk.
    pub chunk: ChunkId,
    /// Revision that the change builds on.
    pub seen: u32,
    /// Its text from now on.
    pub text: String,
    /// Tokens of that text.
    pub token_count: u32,
    /// Whether searches may find it from now on.
    pub enabled: bool,
}

/// What a change did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeOutcome {
    /// Text, revision and outbox row are durable; this is the row's sequence.
    Changed(u64),
    /// Another change came first; nothing was written.
    Moved,
    /// There is no such live chunk.
    Gone,
}

/// A chunk as it was after one of its changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChunkRevision {
    /// Number, from 1 for the original.
    pub revision: u32,
    /// Its text.
    pub text: String,
    /// Tokens of the text.
    pub token_count: u32,
    /// Whether searches could find it.
    pub enabled: bool,
    /// When it came to be; for the original, when its document was processed.
    pub created_at: Timestamp,
    /// Whether it is the present one.
    pub current: bool,
}

/// Chunks and what people change about them. `position` is that of the index and decides what is pending.
/// Revisions belong to their chunk and go with it, as when the document is processed anew.
#[async_trait]
pub trait ChunkStore: Send + Sync {
    /// Live chunks of a document from an ordinal on, in order, disabled ones included.
    async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
        position: u64,
    ) -> Result<Vec<CuratedChunk>, StoreError>;

    /// The first live chunk of each of these documents that searches can find: enabled, and not changed after
    /// `position`. In the order of the documents; those that have none are left out.
    async fn first_chunks(
        &self,
        documents: &[DocumentId],
        position: u64,
    ) -> Result<Vec<ChunkRecord>, StoreError>;

    /// Finds a live chunk.
    async fn lookup_chunk(
        &self,
        id: ChunkId,
        position: u64,
    ) -> Result<Option<CuratedChunk>, StoreError>;

    /// Whether people have changed live chunks of a document.
    async fn has_changed_chunks(&self, id: DocumentId) -> Result<bool, StoreError>;

    /// In one transaction writes the chunk's new text and state, its revision, and the outbox row for the indexes.
    async fn change_chunk(
        &self,
        change: &ChunkChange,
        now: Timestamp,
    ) -> Result<ChangeOutcome, StoreError>;

    /// All revisions of a live chunk, newest first; `None` if there is no such chunk.
    async fn chunk_history(&self, id: ChunkId) -> Result<Option<Vec<ChunkRevision>>, StoreError>;
}
