//! The public JSON: what clients send and get. Converted by hand, so that the domain may change without them.

mod answer;
mod audit;
mod chat;
mod chunk;
mod compare;
mod document;
mod health;
mod hit;
mod knowledge_base;
mod library;
mod metadata;
mod notice;
mod query;
mod rerank;
mod search;
mod several;
mod system;
mod timestamp;
mod timings;

pub(crate) use answer::{AnswerDto, CitationDto, ContextDto, UsageDto};
pub(crate) use audit::{AuditBody, AuditDto};
pub(crate) use chat::{
    ChatDto, ChatListDto, ChatSummaryDto, CreateChat, DoneEventDto, FeedbackBody, FeedbackDto,
    FeedbackListDto, InPlaceOf, PatchChat, QuestionEventDto,
};
pub(crate) use chunk::{
    ChunkDto, ChunkHistoryDto, ChunkInDocumentDto, ChunkListDto, PatchChunk, RestoreChunk,
};
pub(crate) use compare::{
    CompareBody, CompareEventDto, ComparisonDto, ComparisonListDto, ComparisonSummaryDto,
    PreferenceBody,
};
pub(crate) use document::{
    AcceptedListDto, DocumentDto, DocumentEventDto, DocumentListDto, RefusedDto, TextDocument,
    TextDocuments,
};
pub(crate) use health::HealthDto;
pub(crate) use hit::WindowDto;
pub(crate) use knowledge_base::{
    CreateKnowledgeBase, KnowledgeBaseDto, KnowledgeBaseListDto, PatchKnowledgeBase,
};
pub(crate) use library::{DownloadDto, LibraryDto, VerificationDto};
pub(crate) use metadata::{MetadataDto, metadata_from_json};
pub(crate) use notice::{NoticeDto, notices};
pub(crate) use query::{AskBody, LongPassagesDto, SearchBody, query_filter};
pub(crate) use rerank::RerankDto;
pub(crate) use search::{RetrievalDto, SearchDto};
pub(crate) use several::SeveralBases;
pub(crate) use system::SystemDto;
pub(crate) use timings::TimingsDto;
