use actix_web::http::header::{
    CONTENT_TYPE, ContentDisposition, DispositionParam, DispositionType,
};
use actix_web::{HttpResponse, get, web};
use riddle_core::{ChatId, conversation_markdown};
use uuid::Uuid;

use crate::aside::aside;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Download a chat as Markdown
///
/// Questions, answers with their citations, and the cited sources with document, page and headings.
#[utoipa::path(
    tag = "chats",
    params(("id" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The chat", content_type = "text/markdown", body = String),
        (status = 404, description = "No such chat", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/chats/{id}/export")]
pub(super) async fn export_chat(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let chat = state.engine.chat(ChatId(id.into_inner())).await?;
    let (chat, permit) = (chat.conversation, chat.permit);
    let name = format!("chat-{}.md", chat.summary.id);
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    // A chat may be long, and no other request waits for it here.
    let write = move || {
        let _permit = permit;
        Ok(conversation_markdown(&chat))
    };
    let written = aside("writing a chat", write).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/markdown; charset=utf-8"))
        .insert_header(disposition)
        .body(written))
}
