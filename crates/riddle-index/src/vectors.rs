//! The vectors: in the data folder, or on a Qdrant server. Both keep the same points and answer the same conditions.

mod changes;
mod edge;
mod embedder;
mod payload;
mod payload_index;
mod position;
mod server;
mod shard;
mod space;
mod store;
mod wal;

use riddle_core::{
    ChunkId, DenseQuery, DocumentId, IndexError, KnowledgeBaseId, ScoredChunk, SequencedOperation,
};

pub(crate) use server::ServerStore;
pub use server::ServerVectors;
pub(crate) use store::VectorStore;

/// Where the vectors of all embedders are, with one position over all.
pub(crate) trait Vectors: Send + Sync {
    /// Sequence of the last operation that is durable here.
    fn position(&self) -> u64;

    /// Applies what lies after the position.
    fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError>;

    /// The nearest chunks, best first.
    fn search(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError>;

    /// The chunks of a knowledge base that have a vector.
    fn chunk_ids(&self, knowledge_base: KnowledgeBaseId) -> Result<Vec<ChunkId>, IndexError>;

    /// Whether a chunk of the document has a vector.
    fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError>;

    /// Builds search structures for what was added.
    fn optimize(&self) -> Result<(), IndexError>;

    /// What keeps them from being searched now, for people.
    fn trouble(&self) -> Option<String>;
}
