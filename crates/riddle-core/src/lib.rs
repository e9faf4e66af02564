//! Domain types, ports and pure algorithms of Riddle.
//!
//! Nothing here does I/O or names an async runtime, a web framework, an index, a model runtime or a database.
//! Adapters implement the ports; `riddle-engine` uses them.

mod answer;
mod chat;
mod chunk;
mod document;
mod embedding;
mod filter;
mod id;
mod index;
mod knowledge_base;
mod metadata;
mod provider;
mod rerank;
mod retrieval;
mod store;
mod time;

pub use answer::{
    Answer, AnswerEvent, AnswerMode, AskRequest, CitationRecord, CompareArm, CompareRequest,
    Comparison, ContextRecord, Usage,
};
pub use chat::{
    ChatDelta, ChatError, ChatMessage, ChatModel, ChatModelInfo, ChatRequest, ChatStream,
    ChatUsage, FinishReason, Role,
};
pub use chunk::{ChunkRecord, NewChunk, Span};
pub use document::{
    Document, DocumentEvent, DocumentPage, DocumentQuery, DocumentStatus, Failure, FailureCode,
    StageTimes,
};
pub use embedding::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, TokenVectors,
    Tokenizer,
};
pub use filter::{Condition, Filter, FilterError, Predicate};
pub use id::{ChunkId, ContentHash, DocumentId, KnowledgeBaseId};
pub use index::{
    ChunkIndex, DenseQuery, IndexEntry, IndexError, IndexOperation, LexicalQuery, ScoredChunk,
    SequencedOperation, StoreDigest,
};
pub use knowledge_base::{
    ChunkingSettings, KnowledgeBase, KnowledgeBaseSettings, KnowledgeBaseSummary, RetrievalMode,
    RetrievalSettings,
};
pub use metadata::{Metadata, MetadataValue};
pub use provider::ModelProvider;
pub use rerank::{
    PairScore, RerankKind, RerankReport, RerankStatus, Reranker, RerankerInfo, ScoreScale,
};
pub use retrieval::{Hit, SearchRequest, SearchResponse, StageScore, Timings};
pub use store::{
    AcceptOutcome, ClaimedJob, DocumentStore, EmbeddingCache, JobFailure, JobStore,
    KnowledgeBaseStore, NewDocument, OutboxRow, OutboxStore, StageOutcome, StagedDocument, Store,
    StoreError,
};
pub use time::{Clock, Timestamp};
