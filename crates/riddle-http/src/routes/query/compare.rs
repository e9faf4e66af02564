use actix_web::{HttpResponse, post, web};

use super::SERVER_TIMING;
use crate::dto::{CompareBody, ComparisonDto};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::server_timing;
use crate::state::ServerState;

/// Answer a question with rerank and without
///
/// Both arms have the same candidates and run one after the other, so that their times can be compared.
#[utoipa::path(
    tag = "questions",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    request_body = CompareBody,
    responses(
        (status = 200, description = "Both answers", body = ComparisonDto,
            headers(("Server-Timing" = String, description = "The stages of both arms in milliseconds"))),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/knowledge-bases/{kb}/compare")]
pub(super) async fn compare(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    body: ApiJson<CompareBody>,
) -> Result<HttpResponse, ApiError> {
    let comparison = state
        .engine
        .compare(&[kb.as_str()], body.0.try_into()?)
        .await?;
    let arms = [
        ("without-", &comparison.without_rerank.answer),
        ("with-", &comparison.with_rerank.answer),
    ];
    let timing = arms.map(|(prefix, answer)| {
        state.metrics.record_stages(&answer.timings, &answer.rerank);
        server_timing::header_value(prefix, &answer.timings)
    });
    Ok(HttpResponse::Ok()
        .insert_header((SERVER_TIMING, timing.join(", ")))
        .json(ComparisonDto::from(comparison)))
}
