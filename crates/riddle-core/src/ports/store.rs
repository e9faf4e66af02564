use std::collections::HashMap;

use async_trait::async_trait;

use crate::domain::chunk::ChunkRecord;
use crate::domain::document::{Document, DocumentPage, DocumentQuery, DocumentStatus};
use crate::domain::id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
use crate::domain::knowledge_base::{KnowledgeBase, KnowledgeBaseSummary};
use crate::domain::metadata::Metadata;
use crate::ports::chunk_store::ChunkStore;
use crate::ports::comparison_store::ComparisonStore;
use crate::ports::conversation_store::ConversationStore;
use crate::ports::evaluation_store::EvaluationStore;
use crate::ports::index::{ScoredChunk, StoreDigest};
use crate::ports::job_store::JobStore;
use crate::ports::live_store::LiveStore;
use crate::ports::outbox_store::OutboxStore;
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// Everything that must not be lost. All other stores are derived from it.
pub trait Store:
    KnowledgeBaseStore
    + DocumentStore
    + ChunkStore
    + JobStore
    + OutboxStore
    + EmbeddingCache
    + ConversationStore
    + ComparisonStore
    + EvaluationStore
    + LiveStore
{
}

impl<T> Store for T where
    T: KnowledgeBaseStore
        + DocumentStore
        + ChunkStore
        + JobStore
        + OutboxStore
        + EmbeddingCache
        + ConversationStore
        + ComparisonStore
        + EvaluationStore
        + LiveStore
{
}

/// Knowledge bases.
#[async_trait]
pub trait KnowledgeBaseStore: Send + Sync {
    /// Makes a change durable that changes nothing, to see whether changes are possible.
    async fn try_to_write(&self) -> Result<(), StoreError>;

    /// Bytes of everything that is stored, with indexes and logs.
    async fn database_bytes(&self) -> Result<u64, StoreError>;

    /// Adds one. Fails with [`StoreError::NameTaken`].
    async fn insert_knowledge_base(&self, knowledge_base: &KnowledgeBase)
    -> Result<(), StoreError>;

    /// Finds one by id or name, unless it is being deleted.
    async fn lookup_knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<Option<KnowledgeBase>, StoreError>;

    /// How many there are.
    async fn count_knowledge_bases(&self) -> Result<u64, StoreError>;

    /// All of them by name, with counts.
    async fn list_knowledge_bases(&self) -> Result<Vec<KnowledgeBaseSummary>, StoreError>;

    /// Replaces name, description, settings and fingerprint. Fails with [`StoreError::NameTaken`].
    async fn update_knowledge_base(&self, knowledge_base: &KnowledgeBase)
    -> Result<(), StoreError>;

    /// In one transaction deletes all documents as [`DocumentStore::delete_document`] does, deletes the comparisons
    /// over the knowledge base, and hides it. [`OutboxStore::purge_deleted`] removes its row with the last of its
    /// documents.
    async fn delete_knowledge_base(
        &self,
        id: KnowledgeBaseId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

/// A document to accept. Its blob is already durable.
#[derive(Clone, PartialEq, Debug)]
pub struct NewDocument {
    /// The id that the document gets if it is new.
    pub id: DocumentId,
    /// The knowledge base.
    pub knowledge_base: KnowledgeBaseId,
    /// Its name as [`document_name`](crate::document_name) spells it; replaces the document of this name, if
    /// any.
    pub name: String,
    /// Media type as far as known.
    pub media_type: Option<String>,
    /// Hash of the bytes.
    pub sha256: ContentHash,
    /// Size in bytes.
    pub bytes: u64,
    /// Metadata. It replaces that of the document of this name.
    pub metadata: Metadata,
    /// The id of the request that adds it, for the log of the work on it.
    pub request_id: Option<String>,
}

/// What accepting a document did.
#[derive(Clone, PartialEq, Debug)]
pub enum AcceptOutcome {
    /// A new document was queued.
    Created(Document),
    /// The document of this name was queued with its new bytes; its old text is searchable until they are published.
    Replaced(Document),
    /// The document of this name has these bytes already. Nothing was queued, with two exceptions: it is queued again
    /// if it had failed, and if its metadata changed (its vectors come from the cache).
    Unchanged(Document),
}

/// Documents and their chunks.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// In one transaction writes the document and its job.
    /// In one knowledge base the same name with other bytes is a replacement. The same bytes under another name are
    /// another document, which shares the blob.
    /// Fails with [`StoreError::KnowledgeBaseGone`].
    async fn accept_document(
        &self,
        document: &NewDocument,
        now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError>;

    /// Queues a document again for a request, for example when the cause of its failure is gone.
    async fn requeue_document(
        &self,
        id: DocumentId,
        request_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Finds a document that is not deleted.
    async fn lookup_document(&self, id: DocumentId) -> Result<Option<Document>, StoreError>;

    /// A page of a knowledge base's documents. A cursor goes with the order that it came from. Fails with
    /// [`StoreError::BadCursor`].
    async fn list_documents(
        &self,
        knowledge_base: KnowledgeBaseId,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError>;

    /// How many documents of a knowledge base are in each status; statuses without documents may be left out.
    async fn count_documents(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(DocumentStatus, u64)>, StoreError>;

    /// In one transaction hides the document and its chunks from every search, drops its job, and writes the outbox
    /// rows that take it out of the indexes. Returns the last sequence of those rows, or `None` if there is no such
    /// document. [`OutboxStore::purge_deleted`] removes its row.
    async fn delete_document(
        &self,
        id: DocumentId,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError>;

    /// The chunks among `hits` that a search may show, in the order of `hits`: enabled, of the live generation of a
    /// document that is not deleted, in one of these knowledge bases. Others are left out without an error. So are
    /// chunks that were changed after `position`, which the index had before it was searched: their hits are of an
    /// older text.
    async fn live_chunks(
        &self,
        knowledge_bases: &[KnowledgeBaseId],
        hits: &[ScoredChunk],
        position: u64,
    ) -> Result<Vec<ChunkRecord>, StoreError>;

    /// The documents among these names, however they are spelled, by the name that was asked for; those that are
    /// deleted are left out.
    async fn documents_named(
        &self,
        knowledge_base: KnowledgeBaseId,
        names: &[String],
    ) -> Result<HashMap<String, DocumentId>, StoreError>;

    /// Digest over [`Self::expected_chunk_ids`], computed without loading them all at once.
    async fn chunk_digest(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<StoreDigest, StoreError>;

    /// The blobs among these that no document refers to. A deleted document counts until its removal is complete.
    async fn unreferenced_blobs(
        &self,
        blobs: &[ContentHash],
    ) -> Result<Vec<ContentHash>, StoreError>;

    /// Ids of all chunks that the indexes should hold for a knowledge base once they have applied the outbox: the
    /// enabled ones.
    async fn expected_chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<ChunkId>, StoreError>;
}

/// Vectors by model and text, so that nothing is embedded twice.
#[async_trait]
pub trait EmbeddingCache: Send + Sync {
    /// The vectors that are there, in the order asked.
    async fn cached_embeddings(
        &self,
        fingerprint: &str,
        texts: &[ContentHash],
    ) -> Result<Vec<Option<Vec<f32>>>, StoreError>;

    /// Adds vectors; one that is there is left as it is.
    async fn cache_embeddings(
        &self,
        fingerprint: &str,
        entries: &[(ContentHash, Vec<f32>)],
    ) -> Result<(), StoreError>;

    /// Removes vectors of texts that no chunk has any more, and returns how many. While there are jobs, vectors of
    /// documents in work stay, unless a removed chunk had the same text. Cheap when there is nothing to remove.
    async fn prune_embeddings(&self) -> Result<u64, StoreError>;
}
