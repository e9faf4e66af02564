use riddle_api::CompareBody;
use riddle_core::CompareRequest;

use crate::dto::convert::Convert;
use crate::dto::query::query_filter;
use crate::dto::rerank_options::rerank_options;
use crate::error::ApiError;

pub(crate) fn compare_request(body: CompareBody) -> Result<CompareRequest, ApiError> {
    let (enabled, reranking) = rerank_options(body.rerank);
    if enabled.is_some() {
        return Err(ApiError::invalid(
            "rerank.enabled",
            "says nothing here: a comparison answers with rerank and without; leave it out",
        ));
    }
    Ok(CompareRequest {
        question: body.question,
        top_k: body.top_k,
        top_n: body.top_n,
        fusion: body.fusion.map(Convert::convert),
        reranking,
        chat_model: body.chat_model,
        filter: query_filter(body.filter)?,
        order: body.order.map(Convert::convert).unwrap_or_default(),
        passages: body.passages.map(Convert::convert).unwrap_or_default(),
    })
}
