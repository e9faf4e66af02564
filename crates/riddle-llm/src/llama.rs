//! llama.cpp in the process: one model, one context, one thread.

mod answer_stream;
mod backend;
mod context;
mod counters;
mod gguf_file;
mod job;
mod load_error;
mod options;
mod panicked;
mod prompt;
mod sampler;
mod session;
mod template;
mod text;
mod threads;
mod worker;
mod yes_no;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use llama_cpp_2::model::LlamaModel;
use riddle_core::{ChatError, ChatModel, ChatModelInfo, ChatRequest, ChatStream};
use riddle_owner_thread::{Fifo, OwnerThread, PushError};

use self::counters::Counters;
pub use self::counters::LlamaCounters;
use self::job::{Job, Prompt};
pub use self::load_error::LlamaLoadError;
pub use self::options::LlamaOptions;
use self::sampler::Sampling;
pub use self::worker::open_vocabulary;
pub use self::yes_no::{LlamaYesNo, YesNoModel, YesNoOptions};

/// A GGUF model. One operating system thread owns the model's context and answers one request after the other;
/// dropping this ends the thread after the batch in work.
pub struct LlamaCpp {
    info: ChatModelInfo,
    model: Arc<LlamaModel>,
    counters: Arc<Counters>,
    /// Stops the answer in work.
    stop: Arc<AtomicBool>,
    thread: OwnerThread<Fifo<Job>>,
}

impl LlamaCpp {
    /// Reads the model into memory. Blocks until it is ready: seconds for a file that is not in the page
    /// cache.
    ///
    /// # Errors
    /// [`LlamaLoadError`], which names the file and the remedy.
    pub fn load(options: &LlamaOptions) -> Result<Self, LlamaLoadError> {
        let counters = Arc::new(Counters::default());
        let (thread, ready) = worker::spawn(options, &counters)?;
        Ok(Self {
            info: ChatModelInfo {
                name: options.name.clone(),
                engine: "llama.cpp".to_owned(),
                device: if ready.on_gpu { "gpu" } else { "cpu" }.to_owned(),
                context_tokens: ready.context_tokens,
            },
            model: ready.model,
            counters,
            stop: Arc::default(),
            thread,
        })
    }

    /// Continues `prompt` as it stands, without a chat template, always with the likeliest token. The beginning of
    /// text that the model was trained with is put in front.
    pub fn complete_raw(&self, prompt: &str, max_tokens: u32) -> ChatStream {
        self.enqueue(
            Prompt::Raw(prompt.to_owned()),
            max_tokens,
            Sampling::greedy(),
        )
    }

    /// What the engine has done since it was loaded.
    pub fn counters(&self) -> LlamaCounters {
        self.counters.read()
    }

    /// Requests that wait for the model now, without the one in work.
    pub fn waiting(&self) -> usize {
        let waiting = self.thread.with_queue(|queue| queue.waiting());
        waiting.unwrap_or_default()
    }

    fn enqueue(&self, prompt: Prompt, max_tokens: u32, sampling: Sampling) -> ChatStream {
        let (job, stream) = Job::new(
            prompt,
            max_tokens.min(self.info.context_tokens),
            sampling,
            Arc::clone(&self.stop),
        );
        match self.thread.push(job) {
            Ok(()) => {}
            Err(PushError::Full(job)) => job.reply.send(Err(ChatError::Busy)),
            Err(PushError::Ended(job)) => {
                let panic = "its thread has ended".to_owned();
                job.reply.send(Err(ChatError::Panicked { panic }));
            }
        }
        Box::pin(stream)
    }
}

impl ChatModel for LlamaCpp {
    fn info(&self) -> &ChatModelInfo {
        &self.info
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model
            .vocab()
            .tokenize(text.as_bytes(), false, false)
            .len()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let sampling = Sampling::of(&request);
        let max_tokens = request.max_tokens;
        let prompt = Prompt::Chat {
            messages: request.messages,
            thinking: request.thinking,
        };
        self.enqueue(prompt, max_tokens, sampling)
    }

    fn has_ended(&self) -> bool {
        self.thread.has_ended()
    }
}

impl std::fmt::Debug for LlamaCpp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LlamaCpp")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

impl Drop for LlamaCpp {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
