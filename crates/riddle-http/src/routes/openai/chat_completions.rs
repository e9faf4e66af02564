use std::sync::Arc;

use actix_web::{HttpResponse, post, web};

use super::models::knowledge_base;
use super::request::ChatCompletionBody;
use super::response::{ChatCompletionDto, Completion};
use super::streamed::{CompletionChunkDto, Streaming, frames};
use crate::error::{ApiError, ErrorShape};
use crate::extract::RerankJson;
use crate::guard::RequestId;
use crate::routes::query::finished;
use crate::sse;
use crate::state::ServerState;

/// Answer the last message of a chat from a knowledge base
///
/// As OpenAI has it, with citations and passages in the extra field `riddle` of the message, or of the last delta of a
/// stream. Parameters that are not known are ignored.
#[utoipa::path(
    tag = "openai",
    request_body = ChatCompletionBody,
    responses(
        (status = 200, description = "The answer, or its chunks and `[DONE]`", content(
            (ChatCompletionDto = "application/json"),
            (CompletionChunkDto = "text/event-stream"),
        )),
        (status = "default", description = "Any error, in OpenAI's shape", body = Object),
    ),
)]
#[post("/chat/completions")]
pub(super) async fn create_chat_completion(
    state: web::Data<ServerState>,
    request_id: RequestId,
    body: RerankJson<ChatCompletionBody>,
) -> Result<HttpResponse, ApiError> {
    let completion = Completion::new(body.0.model.clone(), state.engine.clock());
    let knowledge_base = knowledge_base(&state, &body.0.model).await?;
    let chat = body.0.understand()?;
    let events = state.engine.ask(&[&knowledge_base], chat.ask).await?;
    if chat.stream {
        let streaming = Streaming {
            completion,
            include_usage: chat.include_usage,
            metrics: Arc::clone(&state.metrics),
            request_id: request_id.clone(),
        };
        let frames = frames(events, streaming);
        return Ok(sse::respond(frames, ErrorShape::OpenAi, request_id));
    }
    let answer = finished(events).await?;
    state.metrics.record_stages(&answer.timings, &answer.rerank);
    Ok(HttpResponse::Ok().json(completion.finished(answer)))
}
