use async_trait::async_trait;

use crate::domain::chunk::{ChunkRecord, NewChunk};
use crate::domain::document::{Document, Findings, StageTimes};
use crate::domain::id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// The result of parsing, chunking and embedding one document.
#[derive(Clone, PartialEq, Debug)]
pub struct StagedDocument {
    /// The document.
    pub document: DocumentId,
    /// Hash of the bytes that were processed. Staging is refused if the document has other bytes by now.
    pub sha256: ContentHash,
    /// Generation from the claimed job.
    pub generation: u32,
    /// The chunks, ordinals ascending from 0.
    pub chunks: Vec<NewChunk>,
    /// How many of them were embedded rather than found in the cache.
    pub embedded_chunks: u32,
    /// What reading the document has found besides its text.
    pub findings: Findings,
    /// Time of the stages so far.
    pub stage_times: StageTimes,
}

/// What staging did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StageOutcome {
    /// Chunks and outbox rows are durable; this is the last sequence.
    Staged(u64),
    /// The document was deleted or replaced meanwhile; nothing was written.
    Superseded,
}

/// One row of the outbox, with all that an index needs to apply it.
#[derive(Clone, PartialEq, Debug)]
pub enum OutboxRow {
    /// Index this chunk. `embedder` is the knowledge base's fingerprint, if it has dense search.
    Upsert {
        /// Place in the outbox.
        sequence: u64,
        /// The chunk.
        chunk: Box<ChunkRecord>,
        /// Fingerprint of the embedder.
        embedder: Option<String>,
    },
    /// Remove this chunk: its row is gone, or it is disabled.
    Delete {
        /// Place in the outbox.
        sequence: u64,
        /// The chunk.
        chunk: ChunkId,
    },
    /// The chunk to index is gone again, so only the position moves.
    Void {
        /// Place in the outbox.
        sequence: u64,
    },
}

impl OutboxRow {
    /// Place in the outbox.
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Upsert { sequence, .. }
            | Self::Delete { sequence, .. }
            | Self::Void { sequence } => *sequence,
        }
    }
}

/// From durable chunks to searchable ones.
#[async_trait]
pub trait OutboxStore: Send + Sync {
    /// In one transaction writes the chunks of a generation and an upsert row for each, sets the document to indexing
    /// and ends its job.
    async fn stage_document(
        &self,
        staged: &StagedDocument,
        now: Timestamp,
    ) -> Result<StageOutcome, StoreError>;

    /// Rows after a sequence, ascending, at most `limit`.
    async fn outbox_after(&self, sequence: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;

    /// Highest sequence ever written, and highest sequence that was trimmed. An index whose position is below the
    /// latter has missed rows that are gone, so it needs [`Self::enqueue_all_chunks`].
    async fn outbox_bounds(&self) -> Result<(u64, u64), StoreError>;

    /// Publishes every document whose staged generation has its last row at or below `position`, each in one
    /// transaction: moves the live generation, removes the chunks of older ones with a delete row for each, and sets
    /// the document to ready with its indexing time. Returns these documents.
    async fn publish_documents(
        &self,
        position: u64,
        now: Timestamp,
    ) -> Result<Vec<Document>, StoreError>;

    /// Forgets rows at or below `position` and records that they are trimmed.
    async fn trim_outbox(&self, position: u64) -> Result<(), StoreError>;

    /// In one transaction writes an upsert row for every enabled live or staged chunk, of one knowledge base or of all,
    /// and returns how many. If there are none, it writes a void row, so that an empty index reaches the last sequence.
    async fn enqueue_all_chunks(
        &self,
        knowledge_base: Option<KnowledgeBaseId>,
    ) -> Result<u64, StoreError>;

    /// Writes an upsert row for each of these chunks that exists and is enabled, and a delete row for each other.
    async fn enqueue_chunks(&self, chunks: &[ChunkId]) -> Result<(), StoreError>;

    /// Notes that the index has these chunks, or will have them, without the vector that is still to be made. Chunks
    /// that are gone are left out, and a note goes with its chunk.
    async fn note_unembedded(&self, chunks: &[ChunkId]) -> Result<(), StoreError>;

    /// The knowledge bases that have chunks with such a note.
    async fn unembedded_knowledge_bases(&self) -> Result<Vec<KnowledgeBaseId>, StoreError>;

    /// In one transaction writes an upsert row for each of those chunks of a knowledge base and removes the notes.
    /// Returns how many they are.
    async fn enqueue_unembedded(&self, knowledge_base: KnowledgeBaseId) -> Result<u64, StoreError>;

    /// Removes the rows of deleted documents and knowledge bases whose operations are at or below `position`. Returns
    /// the hashes of blobs that no document refers to any more, those of replaced bytes included.
    async fn purge_deleted(&self, position: u64) -> Result<Vec<ContentHash>, StoreError>;
}
