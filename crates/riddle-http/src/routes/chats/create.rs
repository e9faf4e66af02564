use actix_web::{HttpResponse, post, web};
use riddle_api::{ChatDto, CreateChat};

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Create a chat
#[utoipa::path(
    tag = "chats",
    request_body = CreateChat,
    responses(
        (status = 201, description = "The chat", body = ChatDto),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/chats")]
pub(super) async fn create_chat(
    state: web::Data<ServerState>,
    body: ApiJson<CreateChat>,
) -> Result<HttpResponse, ApiError> {
    let chat = state.engine.create_chat(body.0.convert()).await?;
    Ok(HttpResponse::Created().json(ChatDto::convert_from(chat)))
}
