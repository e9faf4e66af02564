//! Chat models behind a server that speaks OpenAI's chat completions: vLLM, Ollama, llama-server, hosted ones.

mod allowance;
mod failure;
mod options;
mod reading;
mod served;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::stream;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use riddle_client::ApiKey;
use riddle_core::{
    ChatDelta, ChatError, ChatModel, ChatModelInfo, ChatRequest, ChatStream, REMOTE, token_bound,
};
use tokio::sync::Mutex;

pub use self::options::{OpenAiOptions, UNNAMED};
use self::options::{completions_url, models_url};
use self::reading::{Endpoint, Reading};

/// Bound of a connection attempt: servers are near, or behind a balancer that answers at once.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// A model on another server. Holds a connection pool; a request runs while its stream is polled, and dropping the
/// stream closes its connection, which is how such servers learn that nobody waits.
#[derive(Debug)]
pub struct OpenAiCompatible {
    info: ChatModelInfo,
    endpoint: Arc<Endpoint>,
}

impl OpenAiCompatible {
    /// Prepares the client; nothing is sent before the first chat.
    ///
    /// # Errors
    /// [`ChatError::Failed`] for an address that is no `http` or `https` URL or holds a password, and for a key with
    /// characters that no header can carry.
    pub fn new(options: OpenAiOptions) -> Result<Self, ChatError> {
        let url = completions_url(&options.base_url)?;
        let models = models_url(&options.base_url)?;
        let client = riddle_client::model_server()
            .default_headers(headers(options.api_key.as_ref())?)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(options.read_timeout)
            .build()
            .map_err(|error| ChatError::Failed {
                message: format!("the HTTP client cannot be built: {error}"),
            })?;
        Ok(Self {
            info: ChatModelInfo {
                name: options.name().to_owned(),
                engine: "openai-compatible".to_owned(),
                device: REMOTE.to_owned(),
                context_tokens: options.context_tokens,
            },
            endpoint: Arc::new(Endpoint {
                client,
                url,
                models,
                only_model: Mutex::default(),
                options,
                thinks_unmarked: AtomicBool::new(false),
            }),
        })
    }
}

impl ChatModel for OpenAiCompatible {
    fn info(&self) -> &ChatModelInfo {
        &self.info
    }

    fn count_tokens(&self, text: &str) -> usize {
        token_bound(text)
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let start = State::Start(Arc::clone(&self.endpoint), request);
        Box::pin(stream::unfold(start, step))
    }
}

enum State {
    Start(Arc<Endpoint>, ChatRequest),
    Reading(Box<Reading>),
    Done,
}

async fn step(state: State) -> Option<(Result<ChatDelta, ChatError>, State)> {
    let started = match state {
        State::Start(endpoint, request) => Reading::start(endpoint, request).await.map(Box::new),
        State::Reading(reading) => Ok(reading),
        State::Done => return None,
    };
    let mut reading = match started {
        Ok(reading) => reading,
        Err(error) => return Some((Err(error), State::Done)),
    };
    let next = match reading.next().await {
        Ok(delta @ (ChatDelta::Text(_) | ChatDelta::Restart)) => {
            (Ok(delta), State::Reading(reading))
        }
        last => (last, State::Done),
    };
    Some(next)
}

fn headers(api_key: Option<&ApiKey>) -> Result<HeaderMap, ChatError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    if let Some(key) = api_key {
        let bearer = key.bearer().map_err(|error| ChatError::Failed {
            message: error.to_string(),
        })?;
        headers.insert(AUTHORIZATION, bearer);
    }
    Ok(headers)
}
