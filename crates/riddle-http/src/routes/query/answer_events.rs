use bytes::Bytes;
use futures_util::StreamExt;
use riddle_api::{AnswerDto, CitationDto};
use riddle_core::{Answer, AnswerEvent};
use riddle_engine::{AnswerEvents, EngineError};
use serde_json::json;

use crate::dto::{ConvertFrom, retrieval};
use crate::error::ApiError;
use crate::guard::RequestId;
use crate::metrics::Metrics;
use crate::sse;

/// The answer at the end of its events.
pub(in crate::routes) async fn finished(mut events: AnswerEvents) -> Result<Answer, ApiError> {
    while let Some(event) = events.next().await {
        if let AnswerEvent::Done(answer) = event? {
            return Ok(*answer);
        }
    }
    Err(ApiError::internal("an answer ended without its last event"))
}

/// An event of an answer as `/ask` sends it.
pub(in crate::routes) fn answer_event(
    event: Result<AnswerEvent, EngineError>,
    metrics: &Metrics,
    request_id: &RequestId,
) -> Bytes {
    match event {
        Ok(AnswerEvent::Retrieval { search, contexts }) => {
            sse::event("retrieval", &retrieval(*search, contexts))
        }
        Ok(AnswerEvent::Token(text)) => sse::event("token", &json!({ "text": text })),
        Ok(AnswerEvent::Citation(citation)) => {
            sse::event("citation", &CitationDto::convert_from(*citation))
        }
        Ok(AnswerEvent::Restart) => sse::event("restart", &json!({})),
        Ok(AnswerEvent::Done(answer)) => {
            metrics.record_stages(&answer.timings, &answer.rerank);
            sse::event("done", &AnswerDto::convert_from(*answer))
        }
        Err(error) => error_event(error, request_id),
    }
}

/// The event that ends a stream early.
pub(in crate::routes) fn error_event(error: EngineError, request_id: &RequestId) -> Bytes {
    let error = ApiError::from(error);
    error.log(request_id.as_str());
    sse::event("error", &error.body(request_id.as_str()))
}
