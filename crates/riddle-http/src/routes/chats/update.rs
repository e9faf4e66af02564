use actix_web::{HttpResponse, patch, web};
use riddle_api::{ChatSummaryDto, PatchChat};
use riddle_core::ChatId;
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Change a chat's title or where it searches
#[utoipa::path(
    tag = "chats",
    params(("id" = Uuid, Path, description = "Id")),
    request_body = PatchChat,
    responses(
        (status = 200, description = "The chat", body = ChatSummaryDto),
        (status = 404, description = "No such chat or knowledge base", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[patch("/chats/{id}")]
pub(super) async fn update_chat(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    body: ApiJson<PatchChat>,
) -> Result<HttpResponse, ApiError> {
    let id = ChatId(id.into_inner());
    let chat = state.engine.update_chat(id, body.0.convert()).await?;
    Ok(HttpResponse::Ok().json(ChatSummaryDto::convert_from(chat)))
}
