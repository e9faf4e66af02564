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

    /// Changes the number of threads. Returns false where the kept keys and values were lost.
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use llama_cpp_2::token::LlamaToken;

    use super::super::options::LlamaOptions;
    use super::super::worker::open;
    use super::*;

    const SIZE: ContextSize = ContextSize {
        tokens: 64,
        batch: 16,
    };

    fn read(context: &mut Context<'_>, tokens: &[i32], from: usize) -> Vec<f32> {
        let mut batch = LlamaBatch::new(SIZE.batch as usize, 1);
        for (index, &token) in tokens.iter().enumerate() {
            let (place, is_last) = ((from + index) as i32, index + 1 == tokens.len());
            let added = batch.add(LlamaToken(token), place, &[SEQUENCE], is_last);
            added.expect("there is room");
        }
        assert!(context.decode(&mut batch).is_ok());
        let computed = context.computed();
        let computed = computed.map_err(|failed| failed.0).expect("a context");
        computed.get_logits_ith(-1).to_vec()
    }

    #[test]
    fn another_number_of_threads_goes_on_where_the_first_was() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-qwen3.gguf");
        let options = LlamaOptions::new(file, "tiny-qwen3");
        let (backend, model, _architecture) = open(&options).expect("it is committed");
        let new = || Context::new(backend, &model, SIZE, 1).expect("a context");
        let (mut moved, mut still) = (new(), new());
        let words = [5, 9, 13, 21, 34, 55];
        let mut logits = Vec::new();
        for context in [&mut moved, &mut still] {
            read(context, &words, 0);
        }
        for threads in [2, 1, 3] {
            assert!(moved.use_threads(threads));
            assert_eq!(moved.threads(), threads);
        }
        for context in [&mut moved, &mut still] {
            logits.push(read(context, &[7], words.len()));
        }
        let spread = |(a, b): (&f32, &f32)| (a - b).abs();
        let largest = logits[0]
            .iter()
            .zip(&logits[1])
            .map(spread)
            .fold(0.0, f32::max);
        assert!(largest < 1e-3, "{largest}");
        // Without the earlier tokens the same token has other logits.
        still.clear();
        let alone = read(&mut still, &[7], 0);
        let largest = logits[0].iter().zip(&alone).map(spread).fold(0.0, f32::max);
        assert!(largest > 1e-2, "{largest}");
    }

    #[test]
    fn an_empty_context_stays_empty() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-qwen3.gguf");
        let options = LlamaOptions::new(file, "tiny-qwen3");
        let (backend, model, _architecture) = open(&options).expect("it is committed");
        let mut context = Context::new(backend, &model, SIZE, 2).expect("a context");
        assert!(context.use_threads(1));
        assert!(!read(&mut context, &[5, 9], 0).is_empty());
    }
}
