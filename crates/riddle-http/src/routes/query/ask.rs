use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use bytes::Bytes;
use futures_util::StreamExt;
use riddle_core::AnswerEvent;
use riddle_engine::EngineError;
use serde_json::json;

use super::{SERVER_TIMING, finished};
use crate::dto::{AnswerDto, AskBody, CitationDto, RetrievalDto};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::guard::RequestId;
use crate::metrics::Metrics;
use crate::state::ServerState;
use crate::{server_timing, sse};

/// Answer a question
///
/// With `stream` the answer comes as server-sent events: `retrieval` with the passages, any number of `token`
/// (`{"text": …}`) and `citation`, then `done` with the whole answer, or `error`. The work stops when the client goes.
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
    body: ApiJson<AskBody>,
) -> Result<HttpResponse, ApiError> {
    let stream = body.0.stream;
    let events = state.engine.ask(&[kb.as_str()], body.0.try_into()?).await?;
    if stream {
        let metrics = Arc::clone(&state.metrics);
        let frames = events.map(move |event| frame(event, &metrics, &request_id));
        return Ok(sse::respond(frames));
    }
    let answer = finished(events).await?;
    state.metrics.record_stages(&answer.timings, &answer.rerank);
    let timing = server_timing::header_value("", &answer.timings);
    Ok(HttpResponse::Ok()
        .insert_header((SERVER_TIMING, timing))
        .json(AnswerDto::from(answer)))
}

fn frame(
    event: Result<AnswerEvent, EngineError>,
    metrics: &Metrics,
    request_id: &RequestId,
) -> Bytes {
    match event {
        Ok(AnswerEvent::Retrieval { search, contexts }) => {
            sse::event("retrieval", &RetrievalDto::of(*search, contexts))
        }
        Ok(AnswerEvent::Token(text)) => sse::event("token", &json!({ "text": text })),
        Ok(AnswerEvent::Citation(citation)) => {
            sse::event("citation", &CitationDto::from(*citation))
        }
        Ok(AnswerEvent::Done(answer)) => {
            metrics.record_stages(&answer.timings, &answer.rerank);
            sse::event("done", &AnswerDto::from(*answer))
        }
        Err(error) => {
            let error = ApiError::from(error);
            error.log(request_id.as_str());
            sse::event("error", &error.body(request_id.as_str()))
        }
    }
}
