//! What the engine has done.

use std::sync::atomic::{AtomicU64, Ordering};

/// Work of a model since it was loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LlamaCounters {
    /// Calls that computed a batch, of a prompt or of one answer token.
    pub decode_calls: u64,
    pub prompt_tokens_computed: u64,
    /// Prompt tokens taken from the cache, because the prompt before began the same.
    pub prompt_tokens_reused: u64,
    /// How often another number of threads began to compute.
    pub thread_changes: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    decode_calls: AtomicU64,
    prompt_tokens_computed: AtomicU64,
    prompt_tokens_reused: AtomicU64,
    thread_changes: AtomicU64,
}

impl Counters {
    pub(super) fn decoded(&self) {
        self.decode_calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn computed(&self, tokens: usize) {
        self.prompt_tokens_computed
            .fetch_add(tokens as u64, Ordering::Relaxed);
    }

    pub(super) fn reused(&self, tokens: usize) {
        self.prompt_tokens_reused
            .fetch_add(tokens as u64, Ordering::Relaxed);
    }

    pub(super) fn changed_threads(&self) {
        self.thread_changes.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> LlamaCounters {
        LlamaCounters {
            decode_calls: self.decode_calls.load(Ordering::Relaxed),
            prompt_tokens_computed: self.prompt_tokens_computed.load(Ordering::Relaxed),
            prompt_tokens_reused: self.prompt_tokens_reused.load(Ordering::Relaxed),
            thread_changes: self.thread_changes.load(Ordering::Relaxed),
        }
    }
}
