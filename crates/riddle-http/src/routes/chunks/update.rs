use actix_web::{HttpResponse, patch, web};
use riddle_api::{ChunkDto, PatchChunk};
use riddle_core::ChunkId;
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Edit, disable or enable a passage
///
/// A new text is embedded and indexed like any other; the answer comes when searches see it, or after 10 seconds with
/// `pending`, and until then no search shows the passage. A disabled passage is found by no search and is in no answer.
/// Every change is a revision. Changes belong to the document as it was processed: processing it anew makes new
/// passages without them.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The passage")),
    request_body = PatchChunk,
    responses(
        (status = 200, description = "The passage as it is now", body = ChunkDto),
        (status = 400, description = "Nothing to change, or an empty text", body = ErrorBody),
        (status = 404, description = "There is none, or its document was processed anew", body = ErrorBody),
        (status = 409, description = "It was changed since it was read", body = ErrorBody),
        (status = 413, description = "The text is longer than the embedder reads", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[patch("/chunks/{id}")]
pub(super) async fn update_chunk(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    body: ApiJson<PatchChunk>,
) -> Result<HttpResponse, ApiError> {
    let chunk = state
        .engine
        .update_chunk(ChunkId(*id), body.0.convert())
        .await?;
    Ok(HttpResponse::Ok().json(ChunkDto::convert_from(chunk)))
}
