use std::collections::HashMap;

use async_trait::async_trait;

use crate::domain::chunk::{ChunkRecord, NewChunk};
use crate::domain::document::{
    Document, DocumentPage, DocumentQuery, DocumentStatus, Failure, Findings, StageTimes,
};
use crate::domain::id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
use crate::domain::knowledge_base::{KnowledgeBase, KnowledgeBaseSummary};
use crate::domain::metadata::Metadata;
use crate::ports::chunk_store::ChunkStore;
use crate::ports::comparison_store::ComparisonStore;
use crate::ports::conversation_store::ConversationStore;
use crate::ports::evaluation_store::EvaluationStore;
use crate::ports::index::{ScoredChunk, StoreDigest};
use crate::ports::live_store::LiveStore;
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

/// A job that this process holds until its lease ends.
#[derive(Clone, PartialEq, Debug)]
pub struct ClaimedJob {
    /// The document to process.
    pub document: Document,
    /// Generation that this processing makes.
    pub generation: u32,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Crashes so far: internal errors, and ends of the server, in the work on the document.
    pub crashes: u32,
    /// Whether it may have ended an earlier run of the server, so that it has to be worked on alone.
    pub suspect: bool,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// The id of the request that queued it, if one did and it is known.
    pub request_id: Option<String>,
}

/// How an attempt failed.
#[derive(Clone, PartialEq, Debug)]
pub enum JobFailure {
    /// Trying again cannot help: the document has failed.
    Final(Failure),
    /// Try again at `next_attempt`, at most `max_attempts` times; then the document is failed with this.
    Transient {
        /// Why.
        failure: Failure,
        /// When to try again.
        next_attempt: Timestamp,
        /// Attempts before giving up.
        max_attempts: u32,
    },
    /// The server met an internal error, such as a panic, in its work on the document. It counts as a crash: try again
    /// at `next_attempt`, or set the document aside as quarantined if it has crashed `max_crashes` times by now.
    Crash {
        /// When to try again.
        next_attempt: Timestamp,
        /// Crashes before giving up.
        max_crashes: u32,
    },
    /// No failure: what the document needs is away for a while. Try again at `next_attempt`, however often that was
    /// done before; it counts as no attempt.
    Waits {
        /// When to try again.
        next_attempt: Timestamp,
    },
    /// No failure: the document takes long, and its job waits from now on with those that
    /// [`JobStore::claim_slow_job`] gives out.
    Slow,
}

/// Work on documents: who does what, and how often it was tried.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// At the start of the server: frees every lease of an earlier run. The documents among them that were `in_hand`
    /// when that run ended are suspects, which [`Self::claim_suspect`] gives out one by one. Was it one alone, a crash
    /// counts for it: one with `max_crashes` of them has failed as quarantined. Returns how many were freed and how
    /// many quarantined.
    async fn recover_jobs(
        &self,
        boot: &str,
        in_hand: &[DocumentId],
        max_crashes: u32,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError>;

    /// As [`Self::claim_job`], of a suspect that is no slow one, whenever it is due: the one with the fewest crashes.
    /// It has to be worked on alone.
    async fn claim_suspect(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;

    /// As [`Self::claim_job`], of a slow one, be it a suspect or not.
    async fn claim_slow_job(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;

    /// Takes the job that has been due longest, if any, suspects and slow ones left out, and sets its document to
    /// parsing.
    async fn claim_job(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;

    /// Gives a job back untried, as when the server stops or the disk is full. Its document is queued, and neither an
    /// attempt nor a crash counts. Does nothing if the document was deleted or got other bytes meanwhile.
    async fn release_job(
        &self,
        document: DocumentId,
        sha256: ContentHash,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends an attempt without success. Does nothing if the document was deleted or got other bytes meanwhile.
    async fn fail_job(
        &self,
        document: DocumentId,
        sha256: ContentHash,
        failure: &JobFailure,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Milliseconds until the next job is due that [`Self::claim_job`] takes: 0 if one is, `None` if there is none.
    async fn next_job_due(&self, now: Timestamp) -> Result<Option<i64>, StoreError>;

    /// The same of slow jobs.
    async fn next_slow_job_due(&self, now: Timestamp) -> Result<Option<i64>, StoreError>;

    /// Lets every waiting job whose time lies further ahead than `longest_ms` be tried now: nobody waits so long, so
    /// the clock was set back. Returns how many there were.
    async fn cut_waits(&self, now: Timestamp, longest_ms: i64) -> Result<u64, StoreError>;

    /// Jobs that wait or run.
    async fn pending_jobs(&self) -> Result<u64, StoreError>;
}

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
