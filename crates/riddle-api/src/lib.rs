//! The public JSON: what clients send and get. The server fills these types from its own ones and reads its own ones
//! from them, so that the domain may change without clients; the command line reads the same types.
//!
//! The doc comments are the texts of the API's description: a field without one is what its name says.
#![expect(
    missing_docs,
    reason = "doc comments are public texts; a field whose name says it all has none"
)]

mod answer;
mod audit;
mod chat;
mod chunk;
mod cohere;
mod compare;
mod document;
mod error;
mod evaluation;
mod example;
mod fusion;
mod health;
mod hit;
mod knowledge_base;
mod library;
mod metadata;
mod notice;
mod query;
mod rerank;
mod rerank_options;
mod search;
mod several;
mod system;
mod timings;

pub use answer::{AnswerDto, CitationDto, ContextDto, CopyDto, UsageDto};
pub use audit::{
    AuditBody, AuditDto, DamagedOriginalDto, DigestDto, KnowledgeBaseAuditDto, OriginalsAuditDto,
    StoreDto, VectorsAuditDto,
};
pub use chat::{
    ChatDto, ChatListDto, ChatMessageDto, ChatSummaryDto, CreateChat, DoneEventDto, FeedbackBody,
    FeedbackDto, FeedbackEntryDto, FeedbackListDto, InPlaceOf, MessageErrorDto, PatchChat,
    QuestionEventDto, VerdictDto,
};
pub use chunk::{
    ChunkDto, ChunkHistoryDto, ChunkInDocumentDto, ChunkListDto, ChunkRevisionDto, PatchChunk,
    RestoreChunk,
};
pub use cohere::{CohereRank, CohereRerankDto, CohereUsage};
pub use compare::{
    CompareBody, CompareEventDto, CompareOrderDto, ComparePassagesDto, CompareVariantDto,
    ComparisonDto, ComparisonListDto, ComparisonSummaryDto, PreferenceBody, PreferenceDto,
};
pub use document::{
    AcceptedDto, AcceptedListDto, DocumentDto, DocumentEventDto, DocumentListDto,
    DocumentWarningDto, FailureDto, FolderDto, PagesReadDto, RefusedDto, StageTimesDto,
    TextDocument, TextDocuments,
};
pub use error::ErrorBody;
pub use evaluation::*;
pub use example::{ExampleDto, ExampleListDto};
pub use fusion::FusionDto;
pub use health::{
    ComputeDto, EngineChoiceDto, HealthDetails, HealthDto, ModelHealthDto, QueueHealthDto,
};
pub use hit::{
    DocumentRef, HitDto, KnowledgeBaseRefDto, RerankScoreDto, SpanDto, StageScoreDto, WindowDto,
};
pub use knowledge_base::{
    ChunkingDto, ChunkingPatch, CreateKnowledgeBase, EmbedderChangeDto, EmbedderSuggestionDto,
    KnowledgeBaseDto, KnowledgeBaseListDto, PatchKnowledgeBase, RetrievalPatch,
    RetrievalSettingsDto,
};
pub use library::{
    AddModelBody, AddRoleDto, AddedModelDto, DownloadDto, DownloadErrorDto, FileCheckDto,
    FoundModelDto, LayersDto, LibraryDto, ModelDto, ModelHubDto, ScoreCheckDto, VerificationDto,
};
pub use metadata::MetadataDto;
pub use notice::NoticeDto;
pub use query::{AskBody, LongPassagesDto, MessageDto, ModeDto, RoleDto, SearchBody};
pub use rerank::RerankDto;
pub use rerank_options::{RerankBody, RerankChoice};
pub use search::{ExplainedHitDto, ExplanationDto, RetrievalDto, SearchDto};
pub use several::SeveralBases;
pub use system::{CpuDto, MemoryDto, StorageDto, SystemDto};
pub use timings::TimingsDto;
