use actix_web::{HttpResponse, post, web};
use riddle_api::DocumentDto;
use riddle_core::DocumentId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Queue a failed document again
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses(
        (status = 202, description = "Queued", body = DocumentDto),
        (status = 400, description = "It has not failed", body = ErrorBody),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/documents/{id}/retry")]
pub(super) async fn retry_document(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let document = state.engine.retry_document(DocumentId(*id)).await?;
    Ok(HttpResponse::Accepted().json(DocumentDto::convert_from(document)))
}
