//! The public JSON: what clients send and get. Converted by hand, so that the domain may change without them.

mod answer;
mod audit;
mod chunk;
mod compare;
mod document;
mod health;
mod hit;
mod knowledge_base;
mod metadata;
mod notice;
mod query;
mod rerank;
mod search;
mod timestamp;
mod timings;

pub(crate) use answer::{AnswerDto, CitationDto, ContextDto, UsageDto};
pub(crate) use audit::{AuditBody, AuditDto};
pub(crate) use chunk::ChunkListDto;
pub(crate) use compare::ComparisonDto;
pub(crate) use document::{
    AcceptedListDto, DocumentDto, DocumentEventDto, DocumentListDto, RefusedDto, TextDocument,
    TextDocuments,
};
pub(crate) use health::HealthDto;
pub(crate) use knowledge_base::{
    CreateKnowledgeBase, KnowledgeBaseDto, KnowledgeBaseListDto, PatchKnowledgeBase,
};
pub(crate) use metadata::{MetadataDto, metadata_from_json};
pub(crate) use notice::{NoticeDto, notices};
pub(crate) use query::{AskBody, CompareBody, LongPassagesDto, SearchBody, query_filter};
pub(crate) use rerank::RerankDto;
pub(crate) use search::{RetrievalDto, SearchDto};
pub(crate) use timings::TimingsDto;
