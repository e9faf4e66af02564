use actix_web::{HttpResponse, delete, web};
use riddle_core::ComparisonId;
use uuid::Uuid;

use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Delete a comparison
#[utoipa::path(
    tag = "comparisons",
    params(("id" = Uuid, Path, description = "Id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such comparison", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/comparisons/{id}")]
pub(super) async fn delete_comparison(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = ComparisonId(id.into_inner());
    state.engine.delete_comparison(id).await?;
    Ok(HttpResponse::NoContent().finish())
}
