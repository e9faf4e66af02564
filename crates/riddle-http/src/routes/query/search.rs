use actix_web::{HttpResponse, post, web};

use super::SERVER_TIMING;
use crate::dto::{SearchBody, SearchDto};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
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
    body: ApiJson<SearchBody>,
) -> Result<HttpResponse, ApiError> {
    let response = state
        .engine
        .search(&[kb.as_str()], body.0.try_into()?)
        .await?;
    state
        .metrics
        .record_stages(&response.timings, &response.rerank);
    let timing = server_timing::header_value("", &response.timings);
    Ok(HttpResponse::Ok()
        .insert_header((SERVER_TIMING, timing))
        .json(SearchDto::from(response)))
}
