use std::sync::Arc;

use actix_web::{HttpResponse, post, web};
use bytes::Bytes;
use futures_util::StreamExt;
use riddle_api::{CompareBody, CompareEventDto, ComparisonDto};
use riddle_core::{AnswerEvent, KeptComparison};
use riddle_engine::{CompareEvent, CompareEvents, EngineError};

use super::SERVER_TIMING;
use super::answer_events::error_event;
use crate::dto::{ConvertFrom, compare_event, compare_request};
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::extract::RerankJson;
use crate::guard::RequestId;
use crate::metrics::Metrics;
use crate::state::ServerState;
use crate::{server_timing, sse};

/// Answer a question with rerank and without
///
/// Both variants have the same candidates. They run one after the other, so that their times can be compared, or with
/// `"order": "parallel"` at the same time. With `stream` both answers come as server-sent events, each with its `arm`:
/// `retrieval`, any number of `token`, `citation` and `restart`, and `answer` as the variant ends; then `done` with the
/// whole comparison, or `error`. A finished comparison is kept. When the client goes, the work stops and nothing is
/// kept.
#[utoipa::path(
    tag = "questions",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    request_body = CompareBody,
    responses(
        (status = 200, description = "Both answers, as they are kept", content(
            (ComparisonDto = "application/json"),
            (CompareEventDto = "text/event-stream"),
        ), headers(("Server-Timing" = String, description = "The stages of both variants in milliseconds"))),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = 429, description = "Busy; see Retry-After", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/knowledge-bases/{kb}/compare")]
pub(super) async fn compare(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    request_id: RequestId,
    body: RerankJson<CompareBody>,
) -> Result<HttpResponse, ApiError> {
    let stream = body.0.stream;
    let events = state.engine.compare(&kb, compare_request(body.0)?).await?;
    let metrics = Arc::clone(&state.metrics);
    if stream {
        let id = request_id.clone();
        let frames = events.map(move |event| frame(event, &metrics, &id));
        return Ok(sse::respond(frames, ErrorShape::Own, request_id));
    }
    let kept = finished(events, &metrics).await?;
    let variants = [
        ("without-", &kept.comparison.without_rerank),
        ("with-", &kept.comparison.with_rerank),
    ];
    let timing =
        variants.map(|(prefix, answer)| server_timing::header_value(prefix, &answer.timings));
    Ok(HttpResponse::Ok()
        .insert_header((SERVER_TIMING, timing.join(", ")))
        .json(ComparisonDto::convert_from(kept)))
}

/// The comparison at the end of its events.
async fn finished(
    mut events: CompareEvents,
    metrics: &Metrics,
) -> Result<KeptComparison, ApiError> {
    while let Some(event) = events.next().await {
        match event? {
            CompareEvent::Variant(_, event) => record(metrics, &event),
            CompareEvent::Done(kept) => return Ok(*kept),
        }
    }
    Err(ApiError::internal(
        "a comparison ended without its last event",
    ))
}

fn frame(
    event: Result<CompareEvent, EngineError>,
    metrics: &Metrics,
    request_id: &RequestId,
) -> Bytes {
    match event {
        Ok(CompareEvent::Variant(variant, event)) => {
            record(metrics, &event);
            let event = compare_event(variant, event);
            sse::event(event.name(), &event)
        }
        Ok(CompareEvent::Done(kept)) => sse::event("done", &ComparisonDto::convert_from(*kept)),
        Err(error) => error_event(error, request_id),
    }
}

fn record(metrics: &Metrics, event: &AnswerEvent) {
    if let AnswerEvent::Done(answer) = event {
        metrics.record_stages(&answer.timings, &answer.rerank);
    }
}
