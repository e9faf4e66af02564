use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use riddle_api::UsageDto;
use riddle_core::{Answer, AnswerEvent};
use riddle_engine::{AnswerEvents, EngineError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::response::{Completion, RiddleDto, finish_reason};
use crate::dto::Convert;
use crate::error::ApiError;
use crate::guard::RequestId;
use crate::metrics::Metrics;
use crate::sse;

/// One piece of a streamed chat completion.
#[derive(Serialize, ToSchema)]
pub(super) struct CompletionChunkDto {
    id: String,
    /// Always `chat.completion.chunk`.
    object: &'static str,
    created: u64,
    model: String,
    /// Empty in the chunk that tells the usage.
    choices: Vec<ChunkChoiceDto>,
    /// In the last chunk alone, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageDto>,
}

/// The one answer.
#[derive(Serialize, ToSchema)]
pub(super) struct ChunkChoiceDto {
    index: u32,
    delta: DeltaDto,
    finish_reason: Option<&'static str>,
    /// Always null.
    logprobs: Option<Value>,
}

/// What this piece adds.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct DeltaDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// With the finish reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    riddle: Option<RiddleDto>,
}

/// What a stream is made with.
pub(super) struct Streaming {
    pub(super) completion: Completion,
    pub(super) include_usage: bool,
    pub(super) metrics: Arc<Metrics>,
    pub(super) request_id: RequestId,
}

/// The frames of a streamed completion, from the role to `[DONE]`.
pub(super) fn frames(events: AnswerEvents, streaming: Streaming) -> impl Stream<Item = Bytes> {
    let role = DeltaDto {
        role: Some("assistant"),
        content: Some(String::new()),
        riddle: None,
    };
    let first = sse::data(&streaming.chunk(role, None));
    let answered = events.flat_map(move |event| stream::iter(streaming.frames_of(event)));
    stream::once(std::future::ready(first))
        .chain(answered)
        .chain(stream::once(std::future::ready(sse::openai_end())))
}

impl Streaming {
    fn frames_of(&self, event: Result<AnswerEvent, EngineError>) -> Vec<Bytes> {
        match event {
            // These clients know no way to take text back.
            Ok(AnswerEvent::Retrieval { .. } | AnswerEvent::Citation(_) | AnswerEvent::Restart) => {
                Vec::new()
            }
            Ok(AnswerEvent::Token(text)) => {
                let delta = DeltaDto {
                    content: Some(text),
                    ..DeltaDto::default()
                };
                vec![sse::data(&self.chunk(delta, None))]
            }
            Ok(AnswerEvent::Done(answer)) => self.last_frames(*answer),
            Err(error) => {
                let error = ApiError::from(error);
                error.log(self.request_id.as_str());
                vec![sse::data(&error.openai_body())]
            }
        }
    }

    fn last_frames(&self, answer: Answer) -> Vec<Bytes> {
        self.metrics.record_stages(&answer.timings, &answer.rerank);
        let usage = answer.usage.convert();
        let finish = finish_reason(&answer);
        let delta = DeltaDto {
            riddle: Some(answer.into()),
            ..DeltaDto::default()
        };
        let mut frames = vec![sse::data(&self.chunk(delta, Some(finish)))];
        if self.include_usage {
            let mut chunk = self.chunk(DeltaDto::default(), None);
            chunk.choices.clear();
            chunk.usage = Some(usage);
            frames.push(sse::data(&chunk));
        }
        frames
    }

    fn chunk(&self, delta: DeltaDto, finish_reason: Option<&'static str>) -> CompletionChunkDto {
        let Completion { id, created, model } = self.completion.clone();
        CompletionChunkDto {
            id,
            object: "chat.completion.chunk",
            created,
            model,
            choices: vec![ChunkChoiceDto {
                index: 0,
                delta,
                finish_reason,
                logprobs: None,
            }],
            usage: None,
        }
    }
}
