use actix_web::{HttpResponse, delete, put, web};
use riddle_api::{ComparisonSummaryDto, PreferenceBody};
use riddle_core::ComparisonId;
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Say which answer is better
#[utoipa::path(
    tag = "comparisons",
    params(("id" = Uuid, Path, description = "Id of the comparison")),
    request_body = PreferenceBody,
    responses(
        (status = 200, description = "As it is kept", body = ComparisonSummaryDto),
        (status = 404, description = "No such comparison", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[put("/comparisons/{id}/preference")]
pub(super) async fn set_preference(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    body: ApiJson<PreferenceBody>,
) -> Result<HttpResponse, ApiError> {
    let id = ComparisonId(id.into_inner());
    let preference = Some(body.0.preference.convert());
    let kept = state.engine.set_preference(id, preference).await?;
    Ok(HttpResponse::Ok().json(ComparisonSummaryDto::convert_from(kept)))
}

/// Take back which answer is better
#[utoipa::path(
    tag = "comparisons",
    params(("id" = Uuid, Path, description = "Id of the comparison")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such comparison", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/comparisons/{id}/preference")]
pub(super) async fn delete_preference(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = ComparisonId(id.into_inner());
    state.engine.set_preference(id, None).await?;
    Ok(HttpResponse::NoContent().finish())
}
