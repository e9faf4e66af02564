use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::ContextDto;
use crate::hit::{HitDto, SpanDto};
use crate::notice::NoticeDto;
use crate::rerank::RerankDto;
use crate::timings::TimingsDto;

/// The result of a search.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SearchDto {
    /// Kept passages, best first: `top_n` texts, each with up to ten more passages that say the same.
    pub hits: Vec<HitDto>,
    /// Size of the fused candidate list.
    pub candidates: u32,
    /// The retrievers that searched: `hybrid`, `bm25` or `dense`.
    #[schema(example = "hybrid")]
    pub mode: String,
    /// What the user should know, such as why a retriever was left out.
    pub notices: Vec<NoticeDto>,
    /// What became of reranking.
    pub rerank: RerankDto,
    /// Where the time went.
    pub timings: TimingsDto,
    /// How it came about, with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<ExplanationDto>,
}

/// How a search came about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExplanationDto {
    /// The terms that words are searched by, each once.
    #[schema(example = json!(["port", "server", "listen"]))]
    pub query_tokens: Vec<String>,
    /// All candidates in the final order; the first of them are the hits.
    pub candidates: Vec<ExplainedHitDto>,
}

/// A candidate, and where its passage says a term of the query.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExplainedHitDto {
    #[serde(flatten)]
    pub hit: HitDto,
    /// In characters of the candidate's own text.
    pub highlights: Vec<SpanDto>,
}

/// What an answer will be made from; the first event of a streamed answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RetrievalDto {
    /// The passages given to the answerer, by the number that citations use.
    pub contexts: Vec<ContextDto>,
    /// Size of the fused candidate list.
    pub candidates: u32,
    /// The retrievers that searched.
    pub mode: String,
    /// What the user should know.
    pub notices: Vec<NoticeDto>,
    /// What became of reranking.
    pub rerank: RerankDto,
    /// Where the time went so far.
    pub timings: TimingsDto,
}
