use actix_web::{HttpResponse, get, web};
use riddle_api::HealthDto;
use riddle_engine::HealthNotice;

use crate::dto::{ConvertFrom, public_health};
use crate::error::{ApiError, ErrorBody};
use crate::guard::Trusted;
use crate::state::ServerState;

/// What runs, on which device, with which models
///
/// Needs no API key; without it only `ok` is shown.
#[utoipa::path(
    tag = "system",
    security((), ("api_key" = [])),
    responses(
        (status = 200, description = "Every store can be read; `ok` says whether all is well", body = HealthDto),
        (status = 503, description = "A store does not answer, or refuses to be written for another reason than a full disk", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/health")]
pub(super) async fn health(
    state: web::Data<ServerState>,
    trusted: web::ReqData<Trusted>,
) -> Result<HttpResponse, ApiError> {
    let health = state.engine.health().await?;
    let refused = health
        .notices
        .iter()
        .any(|notice| matches!(notice, HealthNotice::WritesRefused { .. }));
    let full = health
        .notices
        .iter()
        .any(|notice| matches!(notice, HealthNotice::DiskFull { .. }));
    if !health.readable || (refused && !full) {
        return Err(ApiError::new(
            crate::error::ErrorCode::UNHEALTHY,
            "a store of this server does not answer; its log says which",
        ));
    }
    let body = match *trusted {
        Trusted(true) => HealthDto::convert_from(health),
        Trusted(false) => public_health(&health),
    };
    Ok(HttpResponse::Ok().json(body))
}
