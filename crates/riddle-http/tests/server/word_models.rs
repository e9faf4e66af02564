//! Models that score by common words, and that can be held up, so that a test knows what is in work.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use riddle_core::{
    ChatModel, LoadedEmbedder, LongPassages, ModelError, ModelProvider, Pair, PairScore,
    RerankKind, Reranker, RerankerInfo, ScoreOptions, ScoreScale, Span, Window,
};

/// Passages that fit the model, in words.
pub(crate) const MAX_WORDS: usize = 50;

/// A test that fails lets nothing wait for longer. The slowest machine does everything else within it.
const HELD_AT_MOST: Duration = Duration::from_secs(240);

/// A reranker that counts its calls and waits while it is held.
#[derive(Default)]
pub(crate) struct WordModels {
    held: Mutex<bool>,
    loading_held: Mutex<bool>,
    released: Condvar,
    pub(crate) calls: AtomicUsize,
    broken: bool,
    gave_up: AtomicBool,
}

impl WordModels {
    /// A reranker that fails.
    pub(crate) fn broken() -> Self {
        Self {
            broken: true,
            ..Self::default()
        }
    }

    /// A reranker that is being loaded until it is let on.
    pub(crate) fn loading() -> Self {
        Self {
            loading_held: Mutex::new(true),
            ..Self::default()
        }
    }

    /// Whether calls wait.
    pub(crate) fn hold(&self, held: bool) {
        *self.held.lock().expect("not poisoned") = held;
        self.released.notify_all();
    }

    /// Lets it be loaded.
    pub(crate) fn let_load(&self) {
        *self.loading_held.lock().expect("not poisoned") = false;
        self.released.notify_all();
    }

    /// Whether a call ended its wait although nobody had released it.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::SeqCst)
    }

    fn wait(&self, held: &Mutex<bool>) {
        let held = held.lock().expect("not poisoned");
        let released = self
            .released
            .wait_timeout_while(held, HELD_AT_MOST, |held| *held);
        let (_held, waited) = released.expect("not poisoned");
        if waited.timed_out() {
            self.gave_up.store(true, Ordering::SeqCst);
        }
    }
}

/// The provider of one [`WordModels`].
pub(crate) struct Provider(pub(crate) Arc<WordModels>);

struct ByWords {
    models: Arc<WordModels>,
    info: RerankerInfo,
}

impl ModelProvider for Provider {
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError> {
        Err(absent(name))
    }

    fn load_reranker(&self, name: &str) -> Result<Box<dyn Reranker>, ModelError> {
        if name != "by-words" {
            return Err(absent(name));
        }
        self.0.wait(&self.0.loading_held);
        Ok(Box::new(ByWords {
            models: Arc::clone(&self.0),
            info: RerankerInfo {
                name: name.to_owned(),
                kind: RerankKind::CrossEncoder,
                max_tokens: MAX_WORDS,
                scale: ScoreScale::Logit,
                default_weight: 1.0,
                device: "cpu".to_owned(),
                layers: None,
            },
        }))
    }

    fn default_embedder(&self) -> Option<String> {
        None
    }

    fn default_reranker(&self) -> Option<String> {
        Some("by-words".to_owned())
    }

    fn chat_model(&self) -> Result<Option<Arc<dyn ChatModel>>, ModelError> {
        Ok(None)
    }
}

impl Reranker for ByWords {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        self.models.calls.fetch_add(1, Ordering::SeqCst);
        self.models.wait(&self.models.held);
        if self.models.broken {
            return Err(ModelError::Failed {
                model: self.info.name.clone(),
                message: "it is broken".to_owned(),
            });
        }
        let score = |pair: &Pair<'_>| {
            let mut words: Vec<&str> = pair.passage.split_whitespace().collect();
            let most = options.passage_tokens.unwrap_or(MAX_WORDS).min(MAX_WORDS);
            let long = words.len() > most;
            let windows = long && options.long_passages == LongPassages::MaxSlice;
            if long && !windows {
                words.truncate(most);
            }
            let common = pair
                .query
                .split_whitespace()
                .filter(|word| words.contains(word));
            Some(PairScore {
                raw: common.count() as f32,
                tokens: words.len() as u32,
                truncated: long && !windows,
                window: windows.then_some(Window {
                    index: 1,
                    count: 2,
                    span: Span { start: 5, end: 9 },
                }),
            })
        };
        Ok(pairs.iter().map(score).collect())
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let fits = |pair: &Pair<'_>| pair.passage.split_whitespace().count() <= MAX_WORDS;
        Ok(pairs.iter().map(fits).collect())
    }
}

fn absent(name: &str) -> ModelError {
    ModelError::Unavailable {
        model: name.to_owned(),
        remedy: "pull it first".to_owned(),
    }
}
