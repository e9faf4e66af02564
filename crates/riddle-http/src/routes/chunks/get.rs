use actix_web::{HttpResponse, get, web};
use riddle_api::ChunkInDocumentDto;
use riddle_core::ChunkId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Read a passage
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The passage, as `chunk_id` of a hit")),
    responses(
        (status = 200, description = "The passage and its document", body = ChunkInDocumentDto),
        (status = 404, description = "There is none, or its document was processed anew", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/chunks/{id}")]
pub(super) async fn get_chunk(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let chunk = state.engine.chunk(ChunkId(*id)).await?;
    Ok(HttpResponse::Ok().json(ChunkInDocumentDto::convert_from(chunk)))
}
