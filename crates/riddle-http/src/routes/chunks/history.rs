use actix_web::{HttpResponse, get, web};
use riddle_api::ChunkHistoryDto;
use riddle_core::ChunkId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// List the revisions of a passage, newest first
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The passage")),
    responses(
        (status = 200, description = "All revisions, the original last", body = ChunkHistoryDto),
        (status = 404, description = "There is none, or its document was processed anew", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/chunks/{id}/history")]
pub(super) async fn list_revisions(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let revisions = state.engine.chunk_history(ChunkId(*id)).await?;
    Ok(HttpResponse::Ok().json(ChunkHistoryDto::convert_from(revisions)))
}
