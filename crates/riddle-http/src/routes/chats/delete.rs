use actix_web::{HttpResponse, delete, web};
use riddle_core::ChatId;
use uuid::Uuid;

use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Delete a chat with its messages
#[utoipa::path(
    tag = "chats",
    params(("id" = Uuid, Path, description = "Id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such chat", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/chats/{id}")]
pub(super) async fn delete_chat(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    state.engine.delete_chat(ChatId(id.into_inner())).await?;
    Ok(HttpResponse::NoContent().finish())
}
