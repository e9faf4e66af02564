use actix_web::{HttpResponse, post, web};
use riddle_api::{SearchBody, SearchDto, SeveralBases};

use super::SERVER_TIMING;
use crate::dto::{ConvertFrom, search_request};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{RerankJson, With};
use crate::server_timing;
use crate::state::ServerState;

/// Search a knowledge base
#[utoipa::path(
    tag = "questions",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    request_body = SearchBody,
    responses(
        (status = 200, description = "Passages, best first", body = SearchDto,
            headers(("Server-Timing" = String, description = "The stages in milliseconds"))),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/knowledge-bases/{kb}/search")]
pub(super) async fn search(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    body: RerankJson<SearchBody>,
) -> Result<HttpResponse, ApiError> {
    found(&state, &[kb.into_inner()], body.0).await
}

/// Search several knowledge bases
///
/// As one: words are searched over all of them at once; vectors for each embedder, and their scores are scaled within
/// it. What is left out takes the setting of the first.
#[utoipa::path(
    tag = "questions",
    request_body = With<SeveralBases, SearchBody>,
    responses(
        (status = 200, description = "Passages, best first", body = SearchDto,
            headers(("Server-Timing" = String, description = "The stages in milliseconds"))),
        (status = 404, description = "One of the knowledge bases is not there", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/search")]
pub(super) async fn search_several(
    state: web::Data<ServerState>,
    body: With<SeveralBases, SearchBody>,
) -> Result<HttpResponse, ApiError> {
    found(&state, &body.part.knowledge_bases, body.body).await
}

async fn found(
    state: &ServerState,
    knowledge_bases: &[String],
    body: SearchBody,
) -> Result<HttpResponse, ApiError> {
    let response = state
        .engine
        .search(knowledge_bases, search_request(body)?)
        .await?;
    state
        .metrics
        .record_stages(&response.timings, &response.rerank);
    let timing = server_timing::header_value("", &response.timings);
    Ok(HttpResponse::Ok()
        .insert_header((SERVER_TIMING, timing))
        .json(SearchDto::convert_from(response)))
}
