//! A model's context and the answers that it computes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use riddle_core::{ChatDelta, ChatError, ChatUsage, FinishReason};

use super::context::{Context, ContextFailed, ContextSize, SEQUENCE};
use super::counters::Counters;
use super::job::{Job, Prompt};
use super::load_error::{LlamaLoadError, file_name};
use super::options::LlamaOptions;
use super::prompt::{chat_tokens, raw_tokens};
use super::sampler::Sampler;
use super::template::Template;
use super::text::AnswerText;
use super::threads::Threads;

/// A context with the tokens it holds. Stays on its thread.
pub(super) struct Session<'m> {
    model: &'m LlamaModel,
    vocab: LlamaVocab<'m>,
    context: Context<'m>,
    threads: Threads,
    batch: LlamaBatch<'static>,
    batch_tokens: usize,
    context_tokens: u32,
    template: Template,
    /// Tokens whose keys and values the context holds, from position 0.
    cached: Vec<LlamaToken>,
    counters: Arc<Counters>,
}

/// Why an answer ends without its end.
enum Stop {
    /// Nobody waits any more.
    Unwanted,
    Failed(ChatError),
}

impl<'m> Session<'m> {
    pub(super) fn new(
        backend: &'m LlamaBackend,
        model: &'m LlamaModel,
        architecture: &str,
        options: &LlamaOptions,
        counters: Arc<Counters>,
    ) -> Result<Self, LlamaLoadError> {
        let context_tokens = options.context_tokens.min(model.n_ctx_train()).max(1);
        let batch = options.batch.clamp(1, context_tokens);
        let size = ContextSize {
            tokens: context_tokens,
            batch,
        };
        let threads = options.threads.max(1);
        let context =
            Context::new(backend, model, size, threads).ok_or_else(|| LlamaLoadError::Context {
                file: file_name(&options.path),
                context_tokens,
            })?;
        // A GPU does not wait for the threads, and its part of a context is costly to move.
        let give_way = options.give_way && options.gpu_layers == 0;
        Ok(Self {
            model,
            vocab: model.vocab(),
            context,
            threads: Threads::new(threads, give_way),
            batch: LlamaBatch::new(batch as usize, 1),
            batch_tokens: batch as usize,
            context_tokens,
            template: Template::of(model, architecture),
            cached: Vec::new(),
            counters,
        })
    }

    /// Tokens that prompt and answer share.
    pub(super) fn context_tokens(&self) -> u32 {
        self.context_tokens
    }

    /// Drops what the context holds, after a failure that leaves it in doubt.
    pub(super) fn forget(&mut self) {
        self.cached.clear();
        self.context.clear();
    }

    /// Computes the answer and sends it piece by piece. Looks between batches and between tokens whether it is still
    /// wanted.
    pub(super) fn answer(&mut self, job: &Job) {
        match self.try_answer(job) {
            Ok(()) | Err(Stop::Unwanted) => {}
            Err(Stop::Failed(error)) => job.reply.send(Err(error)),
        }
    }

    fn try_answer(&mut self, job: &Job) -> Result<(), Stop> {
        let queue_time = job.queued_at.elapsed();
        let started = Instant::now();
        let prompt = self.prompt_tokens(&job.prompt)?;
        self.prefill(&prompt, job)?;
        let prefill_time = started.elapsed();

        let mut text = match job.prompt {
            Prompt::Chat { .. } => AnswerText::without_thinking(self.model.vocab()),
            Prompt::Raw(_) => AnswerText::verbatim(self.model.vocab(), prompt.last().copied()),
        };
        let started = Instant::now();
        let (finish, completion_tokens) = self.generate(job, &mut text)?;
        let rest = text.finish();
        if !rest.is_empty() {
            job.reply.send(Ok(ChatDelta::Text(rest)));
        }
        job.reply.send(Ok(ChatDelta::End {
            finish,
            usage: ChatUsage {
                prompt_tokens: u32::try_from(prompt.len()).unwrap_or(u32::MAX),
                completion_tokens,
                prefill_ms: Some(milliseconds(prefill_time)),
                decode_ms: Some(milliseconds(started.elapsed())),
                queue_ms: milliseconds(queue_time),
            },
        }));
        Ok(())
    }

    fn prompt_tokens(&self, prompt: &Prompt) -> Result<Vec<LlamaToken>, Stop> {
        let tokens = match prompt {
            Prompt::Raw(text) => raw_tokens(&self.vocab, text),
            Prompt::Chat { messages, thinking } => {
                let segments = self.template.render(self.model, messages, *thinking)?;
                chat_tokens(&self.vocab, &segments)
            }
        };
        if tokens.is_empty() {
            return Err(Stop::Failed(ChatError::Failed {
                message: "there is nothing to continue; send a message".to_owned(),
            }));
        }
        let prompt_tokens = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        if prompt_tokens >= self.context_tokens {
            return Err(Stop::Failed(ChatError::PromptTooLong {
                prompt_tokens,
                context_tokens: self.context_tokens,
            }));
        }
        Ok(tokens)
    }

    /// Makes the context hold exactly `prompt`, computing what it does not hold already. The last token is always
    /// computed, for its logits.
    fn prefill(&mut self, prompt: &[LlamaToken], job: &Job) -> Result<(), Stop> {
        let common = common_prefix(&self.cached, prompt).min(prompt.len() - 1);
        self.keep(common);
        self.counters.reused(self.cached.len());
        self.threads.begin();
        while self.cached.len() < prompt.len() {
            self.share_cpus(job)?;
            self.read_batch(prompt, job)?;
        }
        Ok(())
    }

    /// Computes the next batch of a prompt whose beginning the context holds.
    fn read_batch(&mut self, prompt: &[LlamaToken], job: &Job) -> Result<(), Stop> {
        if !job.reply.is_wanted() {
            return Err(Stop::Unwanted);
        }
        let end = prompt.len().min(self.cached.len() + self.batch_tokens);
        let tokens = &prompt[self.cached.len()..end];
        self.decode(tokens, end == prompt.len())?;
        self.counters.computed(tokens.len());
        Ok(())
    }

    /// Has as many threads compute as there are CPUs left. What the context held it holds afterwards.
    fn share_cpus(&mut self, job: &Job) -> Result<(), Stop> {
        let before = self.context.threads();
        let threads = self.threads.wanted();
        if threads == before {
            return Ok(());
        }
        tracing::debug!(threads, before, "llama.cpp shares the CPUs");
        self.counters.changed_threads();
        if !self.context.use_threads(threads) {
            let held = std::mem::take(&mut self.cached);
            while self.cached.len() < held.len() {
                self.read_batch(&held, job)?;
            }
        }
        Ok(())
    }

    fn generate(
        &mut self,
        job: &Job,
        text: &mut AnswerText<'_>,
    ) -> Result<(FinishReason, u32), Stop> {
        let mut sampler = Sampler::new(job.sampling);
        let mut written = 0;
        while written < job.max_tokens {
            if !job.reply.is_wanted() {
                return Err(Stop::Unwanted);
            }
            let token = sampler.next(self.context.computed().map_err(decode_failed)?);
            if self.vocab.is_eog(token) {
                return Ok((FinishReason::Stop, written));
            }
            // Not before the token is chosen, because another context has no logits, and not after it is sent, because
            // that wakes its reader.
            self.share_cpus(job)?;
            written += 1;
            let certain = text.push(token);
            if certain.restart {
                job.reply.send(Ok(ChatDelta::Restart));
            }
            if !certain.text.is_empty() {
                job.reply.send(Ok(ChatDelta::Text(certain.text)));
            }
            let is_full = self.cached.len() + 1 >= self.context_tokens as usize;
            if written == job.max_tokens || is_full {
                break;
            }
            self.decode(&[token], true)?;
        }
        Ok((FinishReason::Length, written))
    }

    /// Keeps the first `tokens` tokens of the context.
    fn keep(&mut self, tokens: usize) {
        if tokens == self.cached.len() {
            return;
        }
        let from = u32::try_from(tokens).unwrap_or(u32::MAX);
        let removed = tokens > 0 && self.context.clear_from(from);
        if removed {
            self.cached.truncate(tokens);
        } else {
            // Recurrent models cannot go back a part of the way.
            self.forget();
        }
    }

    fn decode(&mut self, tokens: &[LlamaToken], wants_logits: bool) -> Result<(), ChatError> {
        self.batch.clear();
        for (index, &token) in tokens.iter().enumerate() {
            let position = self.cached.len() + index;
            let logits = wants_logits && index + 1 == tokens.len();
            self.batch
                .add(token, position as i32, &[SEQUENCE], logits)
                .map_err(|error| decode_failed(ContextFailed(error.to_string())))?;
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            self.forget();
            return Err(decode_failed(error));
        }
        self.counters.decoded();
        self.cached.extend_from_slice(tokens);
        Ok(())
    }
}

impl From<ChatError> for Stop {
    fn from(error: ChatError) -> Self {
        Self::Failed(error)
    }
}

fn common_prefix(left: &[LlamaToken], right: &[LlamaToken]) -> usize {
    left.iter().zip(right).take_while(|(a, b)| a == b).count()
}

fn decode_failed(ContextFailed(error): ContextFailed) -> ChatError {
    tracing::error!(error, "llama.cpp cannot compute a batch");
    ChatError::Failed {
        message: format!(
            "llama.cpp cannot compute a batch ({error}); ask again, with fewer passages"
        ),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
