use actix_web::{HttpResponse, post, web};
use riddle_api::{ChunkDto, RestoreChunk};
use riddle_core::ChunkId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Bring back an earlier revision of a passage
///
/// Its text and whether it is enabled become a new revision, so that nothing is lost.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The passage")),
    request_body = RestoreChunk,
    responses(
        (status = 200, description = "The passage as it is now", body = ChunkDto),
        (status = 404, description = "No such passage or revision", body = ErrorBody),
        (status = 409, description = "It was changed at the same moment", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/chunks/{id}/restore")]
pub(super) async fn restore_chunk(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    body: ApiJson<RestoreChunk>,
) -> Result<HttpResponse, ApiError> {
    let chunk = state
        .engine
        .restore_chunk(ChunkId(*id), body.0.revision)
        .await?;
    Ok(HttpResponse::Ok().json(ChunkDto::convert_from(chunk)))
}
