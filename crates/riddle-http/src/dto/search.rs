use riddle_api::{ExplainedHitDto, ExplanationDto, RetrievalDto, SearchDto};
use riddle_core::{ContextRecord, ExplainedHit, Explanation, RetrievalMode, SearchResponse};

use super::convert::{Convert, ConvertFrom};
use super::notice::notices;

impl ConvertFrom<SearchResponse> for SearchDto {
    fn convert_from(response: SearchResponse) -> Self {
        Self {
            hits: response.hits.into_iter().map(Convert::convert).collect(),
            candidates: response.candidates,
            mode: mode_name(response.mode),
            notices: notices(response.notices),
            rerank: response.rerank.convert(),
            timings: response.timings.convert(),
            explain: response.explanation.map(Convert::convert),
        }
    }
}

impl ConvertFrom<Explanation> for ExplanationDto {
    fn convert_from(explanation: Explanation) -> Self {
        let candidate = |explained: ExplainedHit| ExplainedHitDto {
            hit: explained.hit.convert(),
            highlights: explained
                .highlights
                .into_iter()
                .map(Convert::convert)
                .collect(),
        };
        Self {
            query_tokens: explanation.query_terms,
            candidates: explanation.candidates.into_iter().map(candidate).collect(),
        }
    }
}

/// What an answer will be made from.
pub(crate) fn retrieval(search: SearchResponse, contexts: Vec<ContextRecord>) -> RetrievalDto {
    RetrievalDto {
        contexts: contexts.into_iter().map(Convert::convert).collect(),
        candidates: search.candidates,
        mode: mode_name(search.mode),
        notices: notices(search.notices),
        rerank: search.rerank.convert(),
        timings: search.timings.convert(),
    }
}

pub(super) fn mode_name(mode: RetrievalMode) -> String {
    let name = match mode {
        RetrievalMode::Hybrid => "hybrid",
        RetrievalMode::Bm25 => "bm25",
        RetrievalMode::Dense => "dense",
    };
    name.to_owned()
}
