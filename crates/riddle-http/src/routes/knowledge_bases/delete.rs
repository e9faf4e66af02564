use actix_web::{HttpResponse, delete, web};

use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Delete a knowledge base with all its documents
///
/// Answers when no search can find any of them.
#[utoipa::path(
    tag = "knowledge bases",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = 503, description = "Recorded, and not yet confirmed by the indexes", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/knowledge-bases/{kb}")]
pub(super) async fn delete_knowledge_base(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state.engine.delete_knowledge_base(&kb).await?;
    Ok(HttpResponse::NoContent().finish())
}
