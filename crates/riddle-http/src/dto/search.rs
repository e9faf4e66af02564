use riddle_core::{ContextRecord, ExplainedHit, Explanation, RetrievalMode, SearchResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::ContextDto;
use super::hit::{HitDto, SpanDto};
use super::notice::{NoticeDto, notices};
use super::rerank::RerankDto;
use super::timings::TimingsDto;

/// The result of a search.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchDto {
    /// Kept passages, best first.
    hits: Vec<HitDto>,
    /// Size of the fused candidate list.
    candidates: u32,
    /// The arms that searched: `hybrid`, `bm25` or `dense`.
    #[schema(example = "hybrid")]
    mode: &'static str,
    /// What the user should know, such as why an arm was left out.
    notices: Vec<NoticeDto>,
    /// What became of reranking.
    rerank: RerankDto,
    /// Where the time went.
    timings: TimingsDto,
    /// How it came about, with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<ExplanationDto>,
}

/// How a search came about.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplanationDto {
    /// The terms that words are searched by, each once.
    #[schema(example = json!(["port", "server", "listen"]))]
    query_tokens: Vec<String>,
    /// All candidates in the final order; the first of them are the hits.
    candidates: Vec<ExplainedHitDto>,
}

/// A candidate, and where its passage says a term of the query.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplainedHitDto {
    #[serde(flatten)]
    hit: HitDto,
    /// In characters of the candidate's own text.
    highlights: Vec<SpanDto>,
}

/// What an answer will be made from; the first event of a streamed answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetrievalDto {
    /// The passages given to the answerer, by the number that citations use.
    contexts: Vec<ContextDto>,
    /// Size of the fused candidate list.
    candidates: u32,
    /// The arms that searched.
    mode: &'static str,
    /// What the user should know.
    notices: Vec<NoticeDto>,
    /// What became of reranking.
    rerank: RerankDto,
    /// Where the time went so far.
    timings: TimingsDto,
}

impl From<SearchResponse> for SearchDto {
    fn from(response: SearchResponse) -> Self {
        Self {
            hits: response.hits.into_iter().map(Into::into).collect(),
            candidates: response.candidates,
            mode: mode_name(response.mode),
            notices: notices(response.notices),
            rerank: response.rerank.into(),
            timings: response.timings.into(),
            explain: response.explanation.map(Into::into),
        }
    }
}

impl From<Explanation> for ExplanationDto {
    fn from(explanation: Explanation) -> Self {
        let candidate = |explained: ExplainedHit| ExplainedHitDto {
            hit: explained.hit.into(),
            highlights: explained.highlights.into_iter().map(Into::into).collect(),
        };
        Self {
            query_tokens: explanation.query_terms,
            candidates: explanation.candidates.into_iter().map(candidate).collect(),
        }
    }
}

impl RetrievalDto {
    pub(crate) fn of(search: SearchResponse, contexts: Vec<ContextRecord>) -> Self {
        Self {
            contexts: contexts.into_iter().map(Into::into).collect(),
            candidates: search.candidates,
            mode: mode_name(search.mode),
            notices: notices(search.notices),
            rerank: search.rerank.into(),
            timings: search.timings.into(),
        }
    }
}

pub(super) fn mode_name(mode: RetrievalMode) -> &'static str {
    match mode {
        RetrievalMode::Hybrid => "hybrid",
        RetrievalMode::Bm25 => "bm25",
        RetrievalMode::Dense => "dense",
    }
}
