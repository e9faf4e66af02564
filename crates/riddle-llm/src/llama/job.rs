//! Requests that wait for the model.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use riddle_core::{ChatDelta, ChatError, ChatMessage};
use riddle_owner_thread::Panicked;
use tokio::sync::mpsc;
use tracing::Span;

use super::answer_stream::AnswerStream;
use super::sampler::Sampling;

/// What is to be continued.
pub(super) enum Prompt {
    Chat {
        messages: Vec<ChatMessage>,
        thinking: bool,
    },
    Raw(String),
}

/// One request.
pub(super) struct Job {
    pub(super) prompt: Prompt,
    pub(super) max_tokens: u32,
    pub(super) sampling: Sampling,
    pub(super) queued_at: Instant,
    pub(super) reply: Reply,
    span: Span,
}

impl Job {
    pub(super) fn new(
        prompt: Prompt,
        max_tokens: u32,
        sampling: Sampling,
        stop: Arc<AtomicBool>,
    ) -> (Self, AnswerStream) {
        // Room for a delta per token, the filter's rest and the end: a slow reader never holds up the model, and what
        // it leaves unread is bounded by what it asked for. The channel allocates as it fills.
        let (sender, receiver) = mpsc::channel(max_tokens as usize + 2);
        let job = Self {
            prompt,
            max_tokens,
            sampling,
            queued_at: Instant::now(),
            reply: Reply { sender, stop },
            span: Span::current(),
        };
        (job, AnswerStream::new(receiver))
    }
}

/// The way back to whoever asked.
pub(super) struct Reply {
    sender: mpsc::Sender<Result<ChatDelta, ChatError>>,
    stop: Arc<AtomicBool>,
}

impl Reply {
    /// Whether it is still worth working on the answer.
    pub(super) fn is_wanted(&self) -> bool {
        !self.sender.is_closed() && !self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn send(&self, item: Result<ChatDelta, ChatError>) {
        // The channel has room for every delta of an answer, so only a reader that has gone can make this fail.
        let _ = self.sender.try_send(item);
    }
}

impl riddle_owner_thread::Job for Job {
    type Outcome = ();

    fn is_wanted(&self) -> bool {
        self.reply.is_wanted()
    }

    /// An answer has been sent as it came; only of a panic the reader knows nothing yet.
    fn answer(self, outcome: Result<(), Panicked>) {
        if let Err(panicked) = outcome {
            let panic = panicked.to_string();
            self.reply.send(Err(ChatError::Panicked { panic }));
        }
    }

    fn span(&self) -> &Span {
        &self.span
    }
}
