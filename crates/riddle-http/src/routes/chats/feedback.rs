use actix_web::{HttpResponse, delete, get, put, web};
use riddle_api::{FeedbackBody, FeedbackDto, FeedbackListDto};
use riddle_core::{ChatId, MessageId};
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::routes::paging::PageParams;
use crate::state::ServerState;

/// Entries of a page that does not say how many.
const DEFAULT_LIMIT: u32 = 100;

/// Say what an answer is worth
#[utoipa::path(
    tag = "chats",
    params(
        ("id" = Uuid, Path, description = "Id of the chat"),
        ("message" = Uuid, Path, description = "Id of the answer's message"),
    ),
    request_body = FeedbackBody,
    responses(
        (status = 200, description = "As it is kept", body = FeedbackDto),
        (status = 404, description = "No such answer", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[put("/chats/{id}/messages/{message}/feedback")]
pub(super) async fn set_feedback(
    state: web::Data<ServerState>,
    path: web::Path<(Uuid, Uuid)>,
    body: ApiJson<FeedbackBody>,
) -> Result<HttpResponse, ApiError> {
    let (chat, message) = path.into_inner();
    let FeedbackBody { verdict, comment } = body.0;
    let kept = state
        .engine
        .set_feedback(ChatId(chat), MessageId(message), verdict.convert(), comment)
        .await?;
    Ok(HttpResponse::Ok().json(FeedbackDto::convert_from(kept)))
}

/// Take back what an answer is worth
#[utoipa::path(
    tag = "chats",
    params(
        ("id" = Uuid, Path, description = "Id of the chat"),
        ("message" = Uuid, Path, description = "Id of the answer's message"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such answer", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/chats/{id}/messages/{message}/feedback")]
pub(super) async fn delete_feedback(
    state: web::Data<ServerState>,
    path: web::Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, ApiError> {
    let (chat, message) = path.into_inner();
    state
        .engine
        .delete_feedback(ChatId(chat), MessageId(message))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List feedback with its questions and answers, newest first
///
/// A page has 100 entries where `limit` is left out.
#[utoipa::path(
    tag = "chats",
    params(PageParams),
    responses(
        (status = 200, description = "A page", body = FeedbackListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/feedback")]
pub(super) async fn list_feedback(
    state: web::Data<ServerState>,
    params: web::Query<PageParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = params.limit_or(DEFAULT_LIMIT)?;
    let page = state.engine.list_feedback(params.cursor()?, limit).await?;
    Ok(HttpResponse::Ok().json(FeedbackListDto::convert_from(page)))
}
