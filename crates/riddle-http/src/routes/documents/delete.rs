use actix_web::{HttpResponse, delete, web};
use riddle_core::DocumentId;
use uuid::Uuid;

use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Delete a document
///
/// Answers when a search proves that it is gone.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = 503, description = "Recorded, and not yet confirmed by the indexes", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/documents/{id}")]
pub(super) async fn delete_document(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    state.engine.delete_document(DocumentId(*id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
