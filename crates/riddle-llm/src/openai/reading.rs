//! One answer of a remote server, from request to end.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use reqwest::{Client, Response, StatusCode, Url};
use riddle_core::{ChatDelta, ChatError, ChatRequest, ChatUsage, FinishReason, token_bound};
use sse_core::{SseDecoder, SseEvent};
use tokio::sync::Mutex;

use super::allowance::Allowance;
use super::failure::{self, remote};
use super::options::OpenAiOptions;
use super::served;
use super::wire::{Body, Chunk, Content, Timings, Usage};
use crate::think::{Certain, ThinkFilter};

/// Bytes that an event may have; a server that sends more is broken.
const EVENT_LIMIT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4 << 20);

/// Where requests go.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) models: Url,
    /// The model's name where nobody named it, once the server has told it.
    pub(super) only_model: Mutex<Option<String>>,
    pub(super) options: OpenAiOptions,
    /// Whether the model's last answer began with thinking that no tag opened.
    pub(super) thinks_unmarked: AtomicBool,
}

impl Endpoint {
    async fn model(&self) -> Result<String, ChatError> {
        if let Some(model) = &self.options.model {
            return Ok(model.clone());
        }
        let mut known = self.only_model.lock().await;
        if let Some(model) = known.as_ref() {
            return Ok(model.clone());
        }
        let model = served::only_model(self).await?;
        Ok(known.insert(model).clone())
    }
}

/// An answer being read. Dropping it closes the connection.
pub(super) struct Reading {
    endpoint: Arc<Endpoint>,
    response: Response,
    events: SseDecoder,
    /// What came and is not decoded yet.
    received: Bytes,
    filter: Option<ThinkFilter>,
    /// Text that follows a restart.
    after_restart: Option<String>,
    allowance: Allowance,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    timings: Option<Timings>,
    estimated: Usage,
}

impl Reading {
    /// Sends the request and waits for the head of the answer.
    pub(super) async fn start(
        endpoint: Arc<Endpoint>,
        request: ChatRequest,
    ) -> Result<Self, ChatError> {
        let options = &endpoint.options;
        let model = endpoint.model().await?;
        let body = Body::new(&model, &request, options.thinking_switch);
        let response = endpoint
            .client
            .post(endpoint.url.clone())
            .json(&body)
            .send()
            .await
            .map_err(|error| failure::transport(&error, options))?;
        let prompt_tokens = request
            .messages
            .iter()
            .map(|message| token_bound(&message.content))
            .sum();
        if response.status() == StatusCode::NOT_FOUND {
            // That server may have another model by now.
            endpoint.only_model.lock().await.take();
        }
        if !response.status().is_success() {
            return Err(failure::status(response, options, prompt_tokens).await);
        }
        let filter = if endpoint.thinks_unmarked.load(Ordering::Relaxed) {
            ThinkFilter::unmarked()
        } else {
            ThinkFilter::default()
        };
        Ok(Self {
            endpoint,
            response,
            events: SseDecoder::with_limit(EVENT_LIMIT),
            received: Bytes::new(),
            filter: Some(filter),
            after_restart: None,
            allowance: Allowance::of(request.max_tokens),
            finish: None,
            usage: None,
            timings: None,
            estimated: Usage {
                prompt_tokens: u32::try_from(prompt_tokens).unwrap_or(u32::MAX),
                completion_tokens: 0,
            },
        })
    }

    /// The next text, or the end.
    pub(super) async fn next(&mut self) -> Result<ChatDelta, ChatError> {
        loop {
            if let Some(text) = self.after_restart.take().filter(|text| !text.is_empty()) {
                return Ok(ChatDelta::Text(text));
            }
            if self.filter.is_none() {
                return Ok(self.end());
            }
            if self.allowance.is_used_up() {
                self.finish = Some(FinishReason::Length);
                return Ok(self.last_text());
            }
            if let Some(delta) = self.next_here()? {
                return Ok(delta);
            }
            if !self.allowance.is_used_up() && !self.receive().await? {
                return Ok(self.last_text());
            }
        }
    }

    /// The next text of what has come; `None` where more has to come first, or no more is allowed.
    fn next_here(&mut self) -> Result<Option<ChatDelta>, ChatError> {
        while let Some(data) = self.next_data()? {
            if data == "[DONE]" {
                self.finish.get_or_insert(FinishReason::Stop);
                return Ok(Some(self.last_text()));
            }
            let certain = self.take_chunk(&data)?;
            if certain.restart {
                self.after_restart = Some(certain.text);
                return Ok(Some(ChatDelta::Restart));
            }
            if !certain.text.is_empty() {
                return Ok(Some(ChatDelta::Text(certain.text)));
            }
            if self.allowance.is_used_up() {
                break;
            }
        }
        Ok(None)
    }

    /// Waits for more; `false` where the server has closed the connection, as it may behind the end of an answer.
    async fn receive(&mut self) -> Result<bool, ChatError> {
        let bytes = self.response.chunk().await;
        let bytes = bytes.map_err(|error| failure::transport(&error, &self.endpoint.options))?;
        let Some(bytes) = bytes else {
            return match self.finish {
                Some(_) => Ok(false),
                None => Err(remote(
                    "closed the connection before the answer was complete; try again, and see its log if that goes on",
                )),
            };
        };
        self.allowance.receive(&bytes);
        self.received = bytes;
        Ok(true)
    }

    /// The data of the next event that is here.
    fn next_data(&mut self) -> Result<Option<String>, ChatError> {
        while let Some(event) = self.events.next(&mut self.received) {
            let event = event.map_err(|_too_large| {
                remote("sent an endless event; check that it offers OpenAI's chat completions")
            })?;
            if let SseEvent::Message(message) = event {
                return Ok(Some(message.data));
            }
        }
        Ok(None)
    }

    fn take_chunk(&mut self, data: &str) -> Result<Certain, ChatError> {
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            tracing::debug!(%error, "an event of the language model server is no chat completion");
            remote("sent something that is no chat completion; check that it offers OpenAI's chat completions")
        })?;
        if let Some(error) = &chunk.error {
            return Err(failure::in_stream(error, &self.endpoint.options));
        }
        self.usage = chunk.usage.or(self.usage);
        self.timings = chunk.timings.or(self.timings);
        let mut text = String::new();
        if let Some(choice) = chunk.choices.into_iter().next() {
            text = choice
                .delta
                .and_then(|delta| delta.content)
                .map(Content::text)
                .unwrap_or_default();
            if let Some(reason) = choice.finish_reason {
                self.finish = Some(match reason.as_str() {
                    "length" => FinishReason::Length,
                    _ => FinishReason::Stop,
                });
            }
        }
        let text = self.allowance.take(text);
        if text.is_empty() {
            return Ok(Certain::default());
        }
        // Servers send a token per event, near enough where they do not count themselves.
        self.estimated.completion_tokens = self.estimated.completion_tokens.saturating_add(1);
        Ok(match &mut self.filter {
            Some(filter) => filter.push(&text),
            None => Certain::default(),
        })
    }

    /// What the filter still held, or the end at once.
    fn last_text(&mut self) -> ChatDelta {
        let complete = self.finish != Some(FinishReason::Length);
        let rest = self.filter.take().map(|filter| {
            let unmarked = filter.saw_lone_tag();
            if complete || unmarked {
                let known = &self.endpoint.thinks_unmarked;
                known.store(unmarked, Ordering::Relaxed);
            }
            filter.finish(complete)
        });
        let rest = rest.unwrap_or_default();
        if rest.is_empty() {
            self.end()
        } else {
            ChatDelta::Text(rest)
        }
    }

    fn end(&self) -> ChatDelta {
        let usage = self.usage.unwrap_or(self.estimated);
        ChatDelta::End {
            finish: self.finish.unwrap_or(FinishReason::Stop),
            usage: ChatUsage {
                prompt_tokens: usage.prompt_tokens,
                completion_tokens: usage.completion_tokens,
                prefill_ms: self.timings.and_then(|timings| timings.prompt_ms),
                decode_ms: self.timings.and_then(|timings| timings.predicted_ms),
                queue_ms: 0.0,
            },
        }
    }
}
