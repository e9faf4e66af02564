//! Language models as rerankers: asked whether a passage answers a query, the logit of their answer is the score.

mod context;
mod frame;
mod passage;
mod scorer;
mod wording;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use riddle_core::{
    ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, SAFE_WEIGHT, ScoreOptions,
    ScoreScale, YesNoPrompt,
};

use self::scorer::Scorer;
use super::options::LlamaOptions;
use super::worker::open;

/// How long the first pair may take.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// A model that is read into memory.
pub struct YesNoModel {
    options: YesNoOptions,
    backend: &'static LlamaBackend,
    model: Arc<LlamaModel>,
    architecture: String,
}

/// A language model that says yes or no to each pair. It borrows from its model.
pub struct LlamaYesNo<'m> {
    info: RerankerInfo,
    scorer: Scorer<'m>,
}

impl YesNoModel {
    /// Reads the model into memory. Blocks until it is there.
    ///
    /// # Errors
    /// The file is missing or damaged; the message says what to do.
    pub fn load(options: YesNoOptions) -> Result<Self, ModelError> {
        let opened = open(&LlamaOptions::new(&options.path, &options.name));
        let (backend, model, architecture) = opened.map_err(|error| ModelError::Unavailable {
            model: options.name.clone(),
            remedy: error.to_string(),
        })?;
        Ok(Self {
            options,
            backend,
            model,
            architecture,
        })
    }

    /// Makes a reranker of it and scores a pair. Texts with long words want a stack of
    /// [`MODEL_STACK_BYTES`](riddle_core::MODEL_STACK_BYTES).
    ///
    /// # Errors
    /// It is no model of this kind; the message says what to do.
    pub fn reranker(&self) -> Result<LlamaYesNo<'_>, ModelError> {
        let scorer = Scorer::new(self.backend, &self.model, &self.architecture, &self.options)?;
        let info = info(&self.options, scorer.max_tokens());
        let mut reranker = LlamaYesNo { info, scorer };
        reranker.try_out()?;
        Ok(reranker)
    }
}

impl LlamaYesNo<'_> {
    /// A model that gives no score is told now, not with the first question.
    fn try_out(&mut self) -> Result<(), ModelError> {
        let pair = Pair {
            query: "riddle",
            passage: "sieve",
        };
        let options = ScoreOptions::until(Instant::now() + PATIENCE);
        match self.scorer.score(&[pair], &options)?.as_slice() {
            [Some(score)] if score.raw.is_finite() => Ok(()),
            _ => Err(ModelError::Failed {
                model: self.info.name.clone(),
                message:
                    "it gives no finite score for a short pair; choose a smaller or another model"
                        .to_owned(),
            }),
        }
    }
}

impl Reranker for LlamaYesNo<'_> {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    /// The deadline is looked at before each batch of 256 tokens.
    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        self.scorer.score(pairs, options)
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        Ok(self.scorer.read_whole(pairs, options))
    }

    fn recover(&mut self) {
        self.scorer.forget();
    }
}

impl std::fmt::Debug for YesNoModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("YesNoModel")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for LlamaYesNo<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LlamaYesNo")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

fn info(options: &YesNoOptions, max_tokens: usize) -> RerankerInfo {
    RerankerInfo {
        name: options.name.clone(),
        kind: RerankKind::YesNo,
        max_tokens,
        scale: ScoreScale::Logit,
        default_weight: options.default_weight,
        device: "cpu".to_owned(),
        layers: None,
        fingerprint: None,
    }
}
