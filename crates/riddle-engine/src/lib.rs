//! The use cases of Riddle: ingest, curate, search, answer, compare, audit.
//!
//! Depends on the ports of `riddle-core` and on the pure functions of `riddle-ingest`; the binary passes the adapters
//! in.

mod audit;
mod blocking;
mod chats;
mod curate;
mod disk;
mod engine;
mod error;
mod health;
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
mod system;
#[cfg(test)]
mod testing;
mod token_estimate;

pub use audit::{AuditReport, DamagedOriginal, KnowledgeBaseAudit, OriginalsAudit};
pub use chats::{ChatEvent, ChatEvents, ChatPatch, ChatQuestion, NewChat};
pub use curate::ChunkPatch;
pub use engine::{Engine, EngineOptions, EngineParts};
pub use error::{EngineError, INTERNAL_MESSAGE, InternalCause, InvalidValue};
pub use health::{Health, HealthNotice, ModelHealth, QueueHealth};
pub use inference::{
    EmbedTexts, Embedded, InferenceModels, MAX_INFERENCE_TEXTS, RerankPairs, RerankedPairs,
};
pub use ingest::point::{IngestPoint, IngestProbe};
pub use ingest::{Accepted, DocumentContent, Upload, UploadWriter};
pub use knowledge_bases::{KnowledgeBasePatch, NewKnowledgeBase};
pub use library::{
    Download, DownloadEvents, DownloadState, Library, LibraryModel, LibraryModelState,
};
pub use origin::on_behalf_of;
pub use query::{AnswerEvents, CompareEvent, CompareEvents};
pub use system::{Storage, System};
