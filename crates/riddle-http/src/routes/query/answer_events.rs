use futures_util::StreamExt;
use riddle_core::{Answer, AnswerEvent};
use riddle_engine::AnswerEvents;

use crate::error::ApiError;

/// The answer at the end of its events.
pub(in crate::routes) async fn finished(mut events: AnswerEvents) -> Result<Answer, ApiError> {
    while let Some(event) = events.next().await {
        if let AnswerEvent::Done(answer) = event? {
            return Ok(*answer);
        }
    }
    Err(ApiError::internal("an answer ended without its last event"))
}
