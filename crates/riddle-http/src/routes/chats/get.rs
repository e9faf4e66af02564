use actix_web::{HttpResponse, get, web};
use riddle_api::ChatDto;
use riddle_core::ChatId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::large_json::{Holding, json_aside};
use crate::state::ServerState;

/// Show a chat with its messages
#[utoipa::path(
    tag = "chats",
    params(("id" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The chat", body = ChatDto),
        (status = 404, description = "No such chat", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/chats/{id}")]
pub(super) async fn get_chat(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let chat = state.engine.chat(ChatId(id.into_inner())).await?;
    // Who asked may be gone before it is written, and the chat is in memory until then.
    let written = move || Holding::new(ChatDto::convert_from(chat.conversation), chat.permit);
    json_aside(HttpResponse::Ok(), written).await
}
