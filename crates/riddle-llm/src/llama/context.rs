//! The context of a model: the keys and values of the tokens read so far.

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;

/// The one sequence that it holds.
pub(super) const SEQUENCE: i32 = 0;

/// How large a context is.
#[derive(Clone, Copy)]
pub(super) struct ContextSize {
    /// Tokens that it holds.
    pub(super) tokens: u32,
    /// Tokens that are computed at once.
    pub(super) batch: u32,
}

/// llama.cpp settles the number of threads when a context is made, so another number takes another context, to which
/// the first one's keys and values are moved.
pub(super) struct Context<'m> {
    backend: &'m LlamaBackend,
    model: &'m LlamaModel,
    size: ContextSize,
    threads: usize,
    /// `None` where there was no memory for another one.
    made: Option<LlamaContext<'m>>,
}

/// What a context failed at, for the log.
pub(super) struct ContextFailed(pub(super) String);

impl<'m> Context<'m> {
    pub(super) fn new(
        backend: &'m LlamaBackend,
        model: &'m LlamaModel,
        size: ContextSize,
        threads: usize,
    ) -> Option<Self> {
        let mut context = Self {
            backend,
            model,
            size,
            threads,
            made: None,
        };
        context.made = context.make();
        context.made.is_some().then_some(context)
    }

    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Has so many threads compute from now on. Says whether the context still holds what it held.
    pub(super) fn use_threads(&mut self, threads: usize) -> bool {
        let held = self.made.as_ref();
        let held = held.map(|made| made.state_seq_get(SEQUENCE, LlamaStateSeqFlags::empty()));
        // Before the other is made, so that there are never two.
        self.made = None;
        self.threads = threads;
        self.made = self.make();
        let (Some(made), Some(Ok(held))) = (&mut self.made, held) else {
            return false;
        };
        let moved = made.state_seq_set(&held, SEQUENCE).is_ok();
        if !moved {
            self.clear();
        }
        moved
    }

    /// The context with what `decode` computed last.
    ///
    /// # Errors
    /// There is no memory for a context.
    pub(super) fn computed(&mut self) -> Result<&mut LlamaContext<'m>, ContextFailed> {
        if self.made.is_none() {
            self.made = self.make();
        }
        let no_memory = || ContextFailed("there is no memory for its context".to_owned());
        self.made.as_mut().ok_or_else(no_memory)
    }

    pub(super) fn decode(&mut self, batch: &mut LlamaBatch<'_>) -> Result<(), ContextFailed> {
        let decoded = self.computed()?.decode(batch);
        decoded.map_err(|error| ContextFailed(error.to_string()))
    }

    pub(super) fn clear(&mut self) {
        if let Some(made) = &mut self.made {
            made.clear_kv_cache();
        }
    }

    /// Drops what stands at `from` and later. Says whether it could: recurrent models cannot go back a part of the way.
    pub(super) fn clear_from(&mut self, from: u32) -> bool {
        self.made.as_mut().is_some_and(|made| {
            let cleared = made.clear_kv_cache_seq(Some(SEQUENCE as u32), Some(from), None);
            matches!(cleared, Ok(true))
        })
    }

    fn make(&self) -> Option<LlamaContext<'m>> {
        let threads = i32::try_from(self.threads).unwrap_or(i32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(self.size.tokens))
            .with_n_batch(self.size.batch)
            .with_n_ubatch(self.size.batch)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        self.model.new_context(self.backend, params).ok()
    }
}
