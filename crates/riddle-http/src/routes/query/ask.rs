use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use futures_util::StreamExt;
use riddle_api::{AnswerDto, AskBody, RetrievalDto, SeveralBases};

use super::{SERVER_TIMING, answer_event, finished};
use crate::dto::{ConvertFrom, ask_request};
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::extract::{RerankJson, With};
use crate::guard::RequestId;
use crate::state::ServerState;
use crate::{server_timing, sse};

/// Answer a question
///
/// With `stream` the answer comes as server-sent events: `retrieval` with the passages, any number of `token`
/// (`{"text": …}`) and `citation`, then `done` with the whole answer, or `error`. `restart` among them says that all
/// text and citations before it are no part of the answer, because the model was thinking. The work stops when the
/// client goes.
#[utoipa::path(
    tag = "questions",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    request_body = AskBody,
    responses(
        (status = 200, description = "The answer", content(
            (AnswerDto = "application/json"),
            (RetrievalDto = "text/event-stream"),
        ), headers(("Server-Timing" = String, description = "The stages in milliseconds"))),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/knowledge-bases/{kb}/ask")]
pub(super) async fn ask(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    request_id: RequestId,
    body: RerankJson<AskBody>,
) -> Result<HttpResponse, ApiError> {
    answered(&state, &[kb.into_inner()], request_id, body.0).await
}

/// Answer a question from several knowledge bases
///
/// As from one. What is left out takes the setting of the first.
#[utoipa::path(
    tag = "questions",
    request_body = With<SeveralBases, AskBody>,
    responses(
        (status = 200, description = "The answer", content(
            (AnswerDto = "application/json"),
            (RetrievalDto = "text/event-stream"),
        ), headers(("Server-Timing" = String, description = "The stages in milliseconds"))),
        (status = 404, description = "One of the knowledge bases is not there", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/ask")]
pub(super) async fn ask_several(
    state: web::Data<ServerState>,
    request_id: RequestId,
    body: With<SeveralBases, AskBody>,
) -> Result<HttpResponse, ApiError> {
    answered(&state, &body.part.knowledge_bases, request_id, body.body).await
}

async fn answered(
    state: &ServerState,
    knowledge_bases: &[String],
    request_id: RequestId,
    body: AskBody,
) -> Result<HttpResponse, ApiError> {
    let stream = body.stream;
    let events = state
        .engine
        .ask(knowledge_bases, ask_request(body)?)
        .await?;
    if stream {
        let metrics = Arc::clone(&state.metrics);
        let id = request_id.clone();
        let frames = events.map(move |event| answer_event(event, &metrics, &id));
        return Ok(sse::respond(frames, ErrorShape::Own, request_id));
    }
    let answer = finished(events).await?;
    state.metrics.record_stages(&answer.timings, &answer.rerank);
    let timing = server_timing::header_value("", &answer.timings);
    Ok(HttpResponse::Ok()
        .insert_header((SERVER_TIMING, timing))
        .json(AnswerDto::convert_from(answer)))
}
