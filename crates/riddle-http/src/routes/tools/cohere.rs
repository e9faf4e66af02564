mod body;
mod response;

use actix_web::{HttpResponse, post, web};
use riddle_api::CohereRerankDto;
use riddle_core::LongPassages;

use super::NamedModel;
use crate::error::ApiError;
use crate::extract::TextsJson;
use crate::guard::RequestId;
use crate::state::ServerState;
use body::CohereRerankBody;
use response::{Shown, cohere_answer};

/// Order documents by a query, as Cohere's first API and Jina's do
///
/// A document that is too long is scored in overlapping windows and gets the score of the best one, unless
/// `max_chunks_per_doc` is 1, `truncation` is true, `max_tokens_per_doc` is given or `long_passages` says otherwise.
#[utoipa::path(
    tag = "reranking",
    request_body = CohereRerankBody,
    responses(
        (status = 200, description = "The documents, best first", body = CohereRerankDto),
        (status = "default", description = "Any error: `{message}`", body = Object),
    ),
)]
#[post("/rerank")]
pub(super) async fn rerank_v1(
    state: web::Data<ServerState>,
    request_id: RequestId,
    body: TextsJson<CohereRerankBody>,
) -> Result<HttpResponse, ApiError> {
    answer(&state, &request_id, body.0, LongPassages::MaxSlice, "1").await
}

/// Order documents by a query, as Cohere's second API does
///
/// A document that is too long for the model, or longer than `max_tokens_per_doc`, is cut, unless `long_passages` asks
/// for windows.
#[utoipa::path(
    tag = "reranking",
    request_body = CohereRerankBody,
    responses(
        (status = 200, description = "The documents, best first", body = CohereRerankDto),
        (status = "default", description = "Any error: `{message}`", body = Object),
    ),
)]
#[post("/rerank")]
pub(super) async fn rerank_v2(
    state: web::Data<ServerState>,
    request_id: RequestId,
    body: TextsJson<CohereRerankBody>,
) -> Result<HttpResponse, ApiError> {
    answer(&state, &request_id, body.0, LongPassages::Truncate, "2").await
}

async fn answer(
    state: &ServerState,
    request_id: &RequestId,
    mut body: CohereRerankBody,
    long_passages: LongPassages,
    version: &'static str,
) -> Result<HttpResponse, ApiError> {
    let model = NamedModel::new(state, body.model.take());
    let shown = Shown {
        top_n: body.top_n,
        raw: body.raw_scores,
        documents: body.return_documents.then(|| body.documents.clone()),
        version,
        id: request_id.as_str().to_owned(),
    };
    let request = body.understand(model.name.clone(), long_passages)?;
    let result = match state.engine.rerank(request).await {
        Ok(result) => result,
        Err(error) => return Err(model.error(state, error).await),
    };
    Ok(HttpResponse::Ok().json(cohere_answer(&result, shown)))
}
