//! Language models as rerankers: asked whether a passage answers a query, the logit of their answer is the score.

mod context;
mod frame;
mod passage;
mod scorer;
mod wording;
mod worker;

use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::thread::available_parallelism;

use riddle_core::{
    ModelError, Pair, PairScore, Reranker, RerankerInfo, SAFE_WEIGHT, ScoreOptions, YesNoPrompt,
};
use riddle_owner_thread::{Fifo, OwnerThread, PushError};
use tracing::Span;

use self::worker::{Job, JobKind, PairResults, Reply};

/// A GGUF model and how to ask it.
#[derive(Clone, Debug)]
pub struct YesNoOptions {
    /// The GGUF file.
    pub path: PathBuf,
    /// Catalogue name, as shown to users.
    pub name: String,
    /// How the question is put.
    pub prompt: YesNoPrompt,
    /// What the passages are wanted for, where the prompt has a place for it: all but [`YesNoPrompt::FlagEmbedding`].
    /// `None` is the instruction of Qwen3-Reranker's publishers, a web search.
    pub instruction: Option<String>,
    /// Longest pair in tokens. [`YesNoPrompt::FlagEmbedding`] puts its question behind it, the others count everything.
    /// The model's own limit holds where it is lower.
    pub max_tokens: usize,
    /// Weight against the fused score, 0 to 1.
    pub default_weight: f32,
    /// Threads that compute; best the number of physical cores.
    pub threads: usize,
}

impl YesNoOptions {
    /// Pairs of at most 512 tokens, half and half with the fused score, all cores.
    pub fn new(path: impl Into<PathBuf>, name: impl Into<String>, prompt: YesNoPrompt) -> Self {
        Self {
            path: path.into(),
            name: name.into(),
            prompt,
            instruction: None,
            max_tokens: 512,
            default_weight: SAFE_WEIGHT,
            threads: available_parallelism().map_or(1, usize::from),
        }
    }
}

/// A language model that says yes or no to each pair. A thread of its own owns the model's context, which borrows from
/// the model and cannot be moved, while a [`Reranker`] has to be: so each call goes from the thread that owns the
/// reranker to this one. Dropping this ends the thread.
pub struct LlamaYesNo {
    info: RerankerInfo,
    thread: OwnerThread<Fifo<Job>>,
}

impl LlamaYesNo {
    /// Reads the model into memory and scores a pair. Blocks until it is ready.
    ///
    /// # Errors
    /// The file is missing or damaged, or no model of this kind; the message says what to do.
    pub fn open(options: &YesNoOptions) -> Result<Self, ModelError> {
        let (thread, info) = worker::spawn(options)?;
        Ok(Self { info, thread })
    }

    /// Asks the thread about the pairs and waits for its answer.
    fn ask<T>(
        &self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
        kind: impl FnOnce(Reply<T>) -> JobKind,
    ) -> PairResults<T> {
        let owned = |pair: &Pair<'_>| (pair.query.to_owned(), pair.passage.to_owned());
        let (reply, told) = sync_channel(1);
        let job = Job {
            pairs: pairs.iter().map(owned).collect(),
            options: *options,
            kind: kind(Reply::to(reply)),
            span: Span::current(),
        };
        let ended = || self.failed("its thread has ended; start the server again");
        self.thread.push(job).map_err(|refused| match refused {
            PushError::Full(_) => self.failed("it is busy with other pairs; ask again"),
            PushError::Ended(_) => ended(),
        })?;
        let told = told.recv().map_err(|_closed| ended())?;
        // A panic goes on to the thread that owns this reranker, where a panic has one meaning for all of them.
        told.unwrap_or_else(|panicked| std::panic::resume_unwind(Box::new(panicked.to_string())))
    }

    fn failed(&self, message: &str) -> ModelError {
        ModelError::Failed {
            model: self.info.name.clone(),
            message: message.to_owned(),
        }
    }
}

impl Reranker for LlamaYesNo {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    /// The deadline is looked at before each batch of 256 tokens.
    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        self.ask(pairs, options, JobKind::Scores)
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        self.ask(pairs, options, JobKind::ReadWhole)
    }
}

impl std::fmt::Debug for LlamaYesNo {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LlamaYesNo")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}
