//! The use cases of Riddle: ingest, curate, search, answer, compare, audit.
//!
//! Depends on the ports of `riddle-core` and on the pure functions of `riddle-ingest`; the binary passes the adapters
//! in.

mod audit;
mod blocking;
mod chats;
mod chunk_measure;
mod curate;
mod disk;
mod engine;
mod error;
mod events;
mod inference;
mod ingest;
mod knowledge_bases;
mod library;
mod model_thread;
mod models;
mod origin;
mod pace;
mod paging;
mod query;
mod rerank_thread;
mod reranking;
mod scope;
mod system;
#[cfg(test)]
mod testing;
mod timing;
mod token_estimate;

pub use audit::{AuditReport, KnowledgeBaseAudit};
pub use chats::{ChatEvent, ChatEvents, ChatPatch, ChatQuestion, NewChat};
pub use curate::ChunkPatch;
pub use engine::{Engine, EngineOptions, EngineParts};
pub use error::{EngineError, INTERNAL_MESSAGE, InternalCause, InvalidValue};
pub use inference::{
    EmbedTexts, Embedded, InferenceModels, MAX_INFERENCE_TEXTS, RerankPairs, RerankedPairs,
};
pub use ingest::point::{IngestPoint, IngestProbe};
pub use ingest::{Accepted, DocumentContent, Upload, UploadWriter};
pub use knowledge_bases::{KnowledgeBasePatch, NewKnowledgeBase};
pub use library::{
    Download, DownloadEvents, DownloadState, Library, LibraryModel, LibraryModelState,
};
pub use models::HealthNotice;
pub use origin::on_behalf_of;
pub use query::{AnswerEvents, CompareEvent, CompareEvents};
pub use system::{Health, ModelHealth, QueueHealth, Storage, System};
