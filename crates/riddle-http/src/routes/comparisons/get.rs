use actix_web::{HttpResponse, get, web};
use riddle_api::ComparisonDto;
use riddle_core::ComparisonId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Show a comparison with its answers
#[utoipa::path(
    tag = "comparisons",
    params(("id" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The comparison, as it was when it was finished", body = ComparisonDto),
        (status = 404, description = "No such comparison", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/comparisons/{id}")]
pub(super) async fn get_comparison(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = ComparisonId(id.into_inner());
    let kept = state.engine.comparison(id).await?;
    Ok(HttpResponse::Ok().json(ComparisonDto::convert_from(kept)))
}
