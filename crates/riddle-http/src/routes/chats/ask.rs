use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use bytes::Bytes;
use futures_util::StreamExt;
use riddle_api::{AskBody, DoneEventDto, InPlaceOf, QuestionEventDto};
use riddle_core::{ChatId, ConversationMessage, MessageContent, MessageId};
use riddle_engine::{ChatEvent, ChatQuestion, EngineError};
use uuid::Uuid;

use crate::dto::{ConvertFrom, ask_request, question_event};
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::extract::With;
use crate::guard::RequestId;
use crate::metrics::Metrics;
use crate::routes::query::answer_event;
use crate::sse;
use crate::state::ServerState;

/// Ask a question in a chat
///
/// The answer comes as server-sent events: `question` once the question is kept and, if it builds on the chat, made
/// stand-alone; then `retrieval`, any number of `token`, `citation` and `restart` as `/ask` has them; then `done` with
/// the kept answer as `message`, or `error`. When the client goes, the work stops and what was written is kept. The
/// body is that of `/ask` without `history`, which is the chat's own; `stream` changes nothing. A chat answers one
/// question at a time, and has at most 2000 messages; then it is continued in a new one.
#[utoipa::path(
    tag = "chats",
    params(("id" = Uuid, Path, description = "Id of the chat")),
    request_body = With<InPlaceOf, AskBody>,
    responses(
        (status = 200, description = "The events", body = QuestionEventDto, content_type = "text/event-stream"),
        (status = 404, description = "No such chat, message or knowledge base", body = ErrorBody),
        (status = 409, description = "The chat is answering another question, or has as many messages as one may have", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/chats/{id}/messages")]
pub(super) async fn ask_in_chat(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    request_id: RequestId,
    body: With<InPlaceOf, AskBody>,
) -> Result<HttpResponse, ApiError> {
    let ask = ask_request(body.body)?;
    if !ask.history.is_empty() {
        return Err(ApiError::invalid(
            "history",
            "is the chat's own here; leave it out",
        ));
    }
    let question = ChatQuestion {
        ask,
        replaces: body.part.replaces.map(MessageId),
    };
    let id = ChatId(id.into_inner());
    let events = state.engine.ask_in_chat(id, question).await?;
    let metrics = Arc::clone(&state.metrics);
    let id = request_id.clone();
    let frames = events.map(move |event| frame(event, &metrics, &id));
    Ok(sse::respond(frames, ErrorShape::Own, request_id))
}

fn frame(
    event: Result<ChatEvent, EngineError>,
    metrics: &Metrics,
    request_id: &RequestId,
) -> Bytes {
    match event {
        Ok(ChatEvent::Question { message, reply }) => {
            sse::event("question", &question_event(*message, reply.0))
        }
        Ok(ChatEvent::Answer(event)) => answer_event(Ok(event), metrics, request_id),
        Ok(ChatEvent::Done(message)) => {
            record(metrics, &message);
            sse::event("done", &DoneEventDto::convert_from(*message))
        }
        Err(error) => answer_event(Err(error), metrics, request_id),
    }
}

fn record(metrics: &Metrics, message: &ConversationMessage) {
    if let MessageContent::Reply {
        answer: Some(answer),
        ..
    } = &message.content
    {
        metrics.record_stages(&answer.timings, &answer.rerank);
    }
}
