use crate::domain::chunk::Span;
use crate::domain::filter::Filter;
use crate::domain::id::{ChunkId, DocumentId, KnowledgeBaseId};
use crate::domain::metadata::Metadata;

/// A chunk as the indexes keep it.
#[derive(Clone, PartialEq, Debug)]
pub struct IndexEntry {
    /// Identity; an entry with the same id is replaced.
    pub chunk: ChunkId,
    /// The knowledge base it belongs to.
    pub knowledge_base: KnowledgeBaseId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// Its text with the headings above it.
    pub text: String,
    /// The document's metadata, for filters.
    pub metadata: Metadata,
    /// Fingerprint of the embedder and its vector; `None` for a knowledge base without dense search.
    pub embedding: Option<(String, Vec<f32>)>,
}

/// One change of the indexes.
#[derive(Clone, PartialEq, Debug)]
pub enum IndexOperation {
    /// Adds or replaces.
    Upsert(Box<IndexEntry>),
    /// Removes, if there.
    Delete(ChunkId),
    /// Nothing to do, because a later change has undone this one; it only moves the position.
    Skip,
}

/// A change and its place in the outbox.
#[derive(Clone, PartialEq, Debug)]
pub struct SequencedOperation {
    /// Place in the outbox, ascending from 1.
    pub sequence: u64,
    /// The change.
    pub operation: IndexOperation,
}

/// A search by words.
#[derive(Clone, Copy, Debug)]
pub struct LexicalQuery<'a> {
    /// Where to search; one or more.
    pub knowledge_bases: &'a [KnowledgeBaseId],
    /// The user's text, taken as words, never as syntax.
    pub text: &'a str,
    /// Conditions on metadata.
    pub filter: &'a Filter,
    /// Hits wanted at most.
    pub limit: usize,
}

/// A search by vector.
#[derive(Clone, Copy, Debug)]
pub struct DenseQuery<'a> {
    /// Fingerprint of the embedder that made the vector.
    pub embedder: &'a str,
    /// Where to search; one or more.
    pub knowledge_bases: &'a [KnowledgeBaseId],
    /// The query's vector.
    pub vector: &'a [f32],
    /// Conditions on metadata.
    pub filter: &'a Filter,
    /// Hits wanted at most.
    pub limit: usize,
}

/// A hit of one index.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ScoredChunk {
    /// The chunk.
    pub chunk: ChunkId,
    /// BM25 score, cosine or dot product.
    pub score: f32,
}

/// How many chunks a store holds, and a digest of their ids: whether two stores hold the same can be seen without the
/// lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StoreDigest {
    /// Chunks.
    pub count: u64,
    /// XOR of the low 64 bits of the ids' SHA-256, so that equal sets have equal digests in whatever order they are
    /// read.
    pub digest: u64,
}

impl StoreDigest {
    /// The digest of a set of chunk ids, each given once.
    pub fn of(ids: impl IntoIterator<Item = ChunkId>) -> Self {
        let mut total = Self::default();
        for id in ids {
            let hash = crate::domain::id::ContentHash::of(id.0.as_bytes());
            let mut low = [0_u8; 8];
            low.copy_from_slice(&hash.0[..8]);
            total.count += 1;
            total.digest ^= u64::from_le_bytes(low);
        }
        total
    }
}

/// The derived indexes of all chunks. All calls block: never call them on an async runtime thread.
/// Only the implementation knows how many stores are behind it.
pub trait ChunkIndex: Send + Sync {
    /// Sequence of the last operation that is durable in every store; 0 for a fresh or rebuilt index.
    fn position(&self) -> u64;

    /// Applies operations in ascending sequence and returns when they are durable and visible to searches.
    /// A store skips operations at or below its own position, so that a replay changes nothing. A chunk whose vector
    /// compares with nothing, because it has NaN or infinite values or is too long, is kept without one.
    ///
    /// # Errors
    /// A store refused; the same call may be repeated.
    fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError>;

    /// Whether an earlier version analysed the texts in the index, so that all chunks have to be applied again. They
    /// are found meanwhile, by the terms that they have. False once [`Self::renewed_at`] was called.
    fn is_outdated(&self) -> bool;

    /// All chunks will have been applied again when the position is `sequence`.
    ///
    /// # Errors
    /// A store refused; the same call may be repeated.
    fn renewed_at(&self, sequence: u64) -> Result<(), IndexError>;

    /// Best chunks by BM25, best first.
    ///
    /// # Errors
    /// A store failed.
    fn search_lexical(&self, query: &LexicalQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError>;

    /// Whether the query is mostly a name that chunks hold as it is written, such as a serial number. Its words alone
    /// then find what is meant, and nothing that is only like it.
    ///
    /// # Errors
    /// A store failed.
    fn finds_by_name(&self, query: &LexicalQuery<'_>) -> Result<bool, IndexError>;

    /// Best chunks by the similarity that the embedder's fingerprint tells, best first. Empty where no vectors of this
    /// embedder are.
    ///
    /// # Errors
    /// A store failed, or the vector has another length than those stored.
    fn search_dense(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError>;

    /// What keeps a store from being searched now, for people, if it is on a server. Asks the server.
    fn trouble(&self) -> Option<String>;

    /// The terms that a query is searched by. One that begins with `~` stands for a form or a part of a word.
    fn analyse(&self, text: &str) -> Vec<String>;

    /// Where a text has one of these terms, in characters, in order and without overlaps.
    fn highlights(&self, terms: &[String], text: &str) -> Vec<Span>;

    /// Builds search structures for what was added; may take long, and searches go on meanwhile.
    ///
    /// # Errors
    /// A store failed.
    fn optimize(&self) -> Result<(), IndexError>;

    /// One digest for each store behind this, by the store's name.
    /// The vector store's is over the chunks that have a vector.
    ///
    /// # Errors
    /// A store failed.
    fn digests(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, StoreDigest)>, IndexError>;

    /// Which chunks of a knowledge base each store holds, by the store's name; for repairs.
    ///
    /// # Errors
    /// A store failed.
    fn chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(&'static str, Vec<ChunkId>)>, IndexError>;

    /// Whether any store can still find a chunk of this document.
    ///
    /// # Errors
    /// A store failed.
    fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError>;
}

/// An index that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("index `{store}`: {message}")]
pub struct IndexError {
    /// Which store.
    pub store: &'static str,
    /// What happened.
    pub message: String,
    /// Whether the disk has no room.
    pub is_disk_full: bool,
    /// Whether the engine of the index panicked.
    pub has_panicked: bool,
    /// Whether the store is on a server that does not answer as it should. The same call may succeed later.
    pub is_away: bool,
}
