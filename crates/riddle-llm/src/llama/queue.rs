//! Requests that wait for the model.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use riddle_core::{ChatDelta, ChatError, ChatMessage};
use tokio::sync::mpsc;

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

/// A bounded line in front of one model.
pub(super) struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    wake: Condvar,
    capacity: usize,
    stop: Arc<AtomicBool>,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            jobs: Mutex::new(VecDeque::new()),
            wake: Condvar::new(),
            capacity: capacity.max(1),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Appends a job, or gives it back when the line is full of people who still wait.
    pub(super) fn push(&self, job: Job) -> Result<(), Job> {
        let mut jobs = self.lock();
        if jobs.len() >= self.capacity {
            jobs.retain(|waiting| waiting.reply.is_wanted());
        }
        if jobs.len() >= self.capacity {
            return Err(job);
        }
        jobs.push_back(job);
        drop(jobs);
        self.wake.notify_one();
        Ok(())
    }

    /// The next job that somebody waits for; blocks until there is one, `None` after [`Self::close`].
    pub(super) fn next(&self) -> Option<Job> {
        let mut jobs = self.lock();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            match jobs.pop_front() {
                Some(job) if job.reply.is_wanted() => return Some(job),
                Some(_gone) => {}
                None => jobs = self.wake.wait(jobs).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock()
            .iter()
            .filter(|job| job.reply.is_wanted())
            .count()
    }

    /// Ends the line: waiting jobs are dropped, the one in work stops.
    pub(super) fn close(&self) {
        let mut jobs = self.lock();
        self.stop.store(true, Ordering::Relaxed);
        jobs.clear();
        drop(jobs);
        self.wake.notify_all();
    }

    pub(super) fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Job>> {
        // No code that can panic runs under the lock, so a poisoned queue is still whole.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
