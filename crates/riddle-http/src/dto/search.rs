use riddle_core::{ContextRecord, RetrievalMode, SearchResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::ContextDto;
use super::hit::HitDto;
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
