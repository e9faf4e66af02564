//! A model's context that reads prompts and remembers how they began.

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams, LlamaPoolingType};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

/// The one sequence that the context holds.
const SEQUENCE: i32 = 0;
/// Tokens that are read between two looks at the deadline.
const BATCH: u32 = 256;
/// `LLAMA_FLASH_ATTN_TYPE_DISABLED` of llama.cpp: its kernel rounds to 16 bits.
const NO_FLASH_ATTENTION: i32 = 0;

/// A prompt is read in three segments. Each is read by itself, whatever the context holds, so that a score depends on
/// its prompt alone and not on what was scored before: a batch of another size rounds differently.
pub(super) struct PromptReader<'m> {
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    /// Segments that the context holds, from position 0; there may be other tokens behind them.
    held: Vec<Vec<LlamaToken>>,
}

/// llama.cpp has failed.
pub(super) struct DecodeFailed(pub(super) String);

impl<'m> PromptReader<'m> {
    /// A context for prompts of `longest` tokens; `None` if there is no memory for it.
    pub(super) fn new(
        backend: &LlamaBackend,
        model: &'m LlamaModel,
        longest: usize,
        threads: usize,
    ) -> Option<Self> {
        let threads = i32::try_from(threads.max(1)).unwrap_or(i32::MAX);
        let context_tokens = u32::try_from(longest).ok()?;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context_tokens))
            .with_n_batch(BATCH)
            .with_n_ubatch(BATCH)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_type_k(KvCacheType::F32)
            .with_type_v(KvCacheType::F32)
            .with_flash_attention_policy(NO_FLASH_ATTENTION)
            // Some files say that they pool; then there would be no logits of words.
            .with_pooling_type(LlamaPoolingType::None);
        let context = model.new_context(backend, params).ok()?;
        Some(Self {
            context,
            batch: LlamaBatch::new(BATCH as usize, 1),
            held: Vec::new(),
        })
    }

    /// The logits after the prompt of these segments, one for each token of the vocabulary; `None` if `go_on` said no
    /// before its end.
    pub(super) fn logits(
        &mut self,
        segments: [&[LlamaToken]; 3],
        go_on: impl Fn() -> bool,
    ) -> Result<Option<&[f32]>, DecodeFailed> {
        let [head, query, rest] = segments;
        self.keep_beginning([head, query]);
        let mut position = self.held.iter().map(Vec::len).sum();
        for segment in [head, query].into_iter().skip(self.held.len()) {
            if !self.read(segment, position, false, &go_on)? {
                return Ok(None);
            }
            position += segment.len();
            self.held.push(segment.to_vec());
        }
        if !self.read(rest, position, true, &go_on)? {
            return Ok(None);
        }
        Ok(Some(self.context.get_logits_ith(self.batch.n_tokens() - 1)))
    }

    /// Drops what the context holds, after a failure that leaves it in doubt.
    pub(super) fn forget(&mut self) {
        self.held.clear();
        self.context.clear_kv_cache();
    }

    /// Takes everything out of the context but the segments that are wanted again.
    fn keep_beginning(&mut self, wanted: [&[LlamaToken]; 2]) {
        let common = self
            .held
            .iter()
            .zip(wanted)
            .take_while(|(held, wanted)| held == wanted)
            .count();
        self.held.truncate(common);
        let tokens: usize = self.held.iter().map(Vec::len).sum();
        let from = u32::try_from(tokens).ok();
        let sequence = Some(SEQUENCE as u32);
        // Recurrent models cannot go back a part of the way.
        let removed = tokens > 0
            && matches!(
                self.context.clear_kv_cache_seq(sequence, from, None),
                Ok(true)
            );
        if !removed {
            self.forget();
        }
    }

    /// Reads tokens behind those that the context holds. Says whether it came to their end.
    fn read(
        &mut self,
        tokens: &[LlamaToken],
        mut position: usize,
        wants_logits: bool,
        go_on: impl Fn() -> bool,
    ) -> Result<bool, DecodeFailed> {
        let end = position + tokens.len();
        for chunk in tokens.chunks(BATCH as usize) {
            if !go_on() {
                return Ok(false);
            }
            self.batch.clear();
            for &token in chunk {
                position += 1;
                let logits = wants_logits && position == end;
                self.batch
                    .add(token, position as i32 - 1, &[SEQUENCE], logits)
                    .map_err(|error| DecodeFailed(error.to_string()))?;
            }
            if let Err(error) = self.context.decode(&mut self.batch) {
                self.forget();
                return Err(DecodeFailed(error.to_string()));
            }
        }
        Ok(true)
    }
}
