//! The use cases of Riddle: ingest, curate, search, answer, compare, evaluate, audit.
//!
//! Depends on the ports of `riddle-core` and on the pure functions of `riddle-ingest`; the binary passes the adapters
//! in.

mod asking;
mod audit;
mod blobs;
mod blocking;
pub mod bounds;
mod chats;
mod chunk_measure;
mod curate;
mod disk;
mod engine;
mod error;
mod evaluation;
mod events;
mod fusion;
mod index_progress;
mod inference;
mod ingest;
mod judged;
mod knowledge_bases;
mod library;
mod live_line;
mod model_thread;
mod models;
mod names;
mod options;
mod origin;
mod paging;
mod query;
mod rerank_thread;
mod reranking;
mod scope;
mod shared;
mod slow_work;
mod standing;
mod supervised;
mod system;
#[cfg(test)]
mod testing;
mod throughput;
mod timing;
mod token_estimate;
mod warm_up;

pub use audit::{
    AuditOptions, AuditReport, DamagedOriginal, KnowledgeBaseAudit, OriginalsAudit, VectorsAudit,
};
pub use blobs::BACKUP_LOCK;
pub use blocking::run_blocking;
pub use chats::{ChatEvent, ChatEvents, ChatPatch, ChatQuestion, NewChat, WholeChat};
pub use curate::ChunkPatch;
pub use disk::kept_free;
pub use engine::{Engine, EngineParts, KnowledgeBaseView};
pub use error::{EngineError, INTERNAL_MESSAGE, InternalCause, InvalidValue};
pub use evaluation::{
    CollectedQuestions, EvaluationRunView, JudgingEvent, JudgingEvents, LivePassage, LiveTrialView,
    LiveView, MakingEvent, MakingEvents, NewEvaluationSet, NewQuestion, OutcomePage,
    PassageToJudge, PassagesToJudge, QuestionMaker, QuestionPatch, RunControl, SendingPermit,
    SetFile, SetFormat, SetSource,
};
pub use events::AnswerEvents;
pub use inference::{EmbedTexts, EmbeddedTexts, InferenceModels, RerankPairs, RerankedPairs};
pub use ingest::point::{IngestPoint, IngestProbe};
pub use ingest::{AcceptedUpload, DocumentContent, EmbedderChange, Upload, UploadWriter};
pub use knowledge_bases::{EmbedderSuggestion, KnowledgeBasePatch, NewKnowledgeBase};
pub use library::{
    Download, DownloadEvents, DownloadState, LibraryListing, LibraryModel, LibraryModelState,
};
pub use models::{HealthNotice, ModelHealth};
pub use options::{EngineOptions, LiveArm, LiveOptions};
pub use origin::on_behalf_of;
pub use query::{CompareEvent, CompareEvents, ExampleQuestion, ExampleSource};
pub use system::{Health, QueueHealth, Storage, System};
