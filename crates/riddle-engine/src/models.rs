//! Loads each model at most once and hands out cloneable handles to its thread.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use riddle_core::{
    ChatModel, Compute, Embedder, EmbedderInfo, LoadedEmbedder, ModelError, ModelProvider, Purpose,
    RerankerInfo, ScoreOptions, TokenVectors, Tokenizer,
};
use tokio::sync::{Mutex, OnceCell};

use crate::error::EngineError;
use crate::model_thread::{ModelThread, Priority};
use crate::rerank_thread::RerankThread;
pub(crate) use crate::rerank_thread::Scored;

/// Special tokens that an encoder puts around a text, which count against its longest input.
pub(crate) const SPECIAL_TOKENS: usize = 2;
/// Calls that may wait for one model in each priority.
const QUEUE_CAPACITY: usize = 64;

/// An embedder on its thread.
#[derive(Clone)]
pub(crate) struct EmbedderHandle {
    /// What it is.
    pub(crate) info: Arc<EmbedderInfo>,
    /// Counts tokens as it does.
    pub(crate) tokenizer: Arc<dyn Tokenizer>,
    thread: Arc<ModelThread<Box<dyn Embedder>>>,
}

/// A cross-encoder on its thread.
#[derive(Clone)]
pub(crate) struct RerankerHandle {
    /// What it is.
    pub(crate) info: Arc<RerankerInfo>,
    thread: Arc<RerankThread>,
}

/// All models of this process.
pub(crate) struct Models {
    provider: Arc<dyn ModelProvider>,
    embedders: Slots<EmbedderHandle>,
    rerankers: Slots<RerankerHandle>,
    /// A model that cannot be loaded is not tried again before the next start or the next model that is fetched.
    chat: RwLock<Arc<OnceCell<LoadedChat>>>,
}

/// What became of loading the language model.
type LoadedChat = Result<Option<Arc<dyn ChatModel>>, ModelError>;

type Slots<T> = Mutex<HashMap<String, Arc<OnceCell<T>>>>;

impl Models {
    pub(crate) fn new(provider: Arc<dyn ModelProvider>) -> Self {
        Self {
            provider,
            embedders: Mutex::default(),
            rerankers: Mutex::default(),
            chat: RwLock::default(),
        }
    }

    /// Where embedders and rerankers run.
    pub(crate) fn compute(&self) -> Compute {
        self.provider.compute()
    }

    /// Catalogue name of the embedder that new knowledge bases get.
    pub(crate) fn default_embedder(&self) -> Option<String> {
        self.provider.default_embedder()
    }

    /// Catalogue name of the cross-encoder used where none is named.
    pub(crate) fn default_reranker(&self) -> Option<String> {
        self.provider.default_reranker()
    }

    /// The embedder of this name, loaded on first use.
    pub(crate) async fn embedder(&self, name: &str) -> Result<EmbedderHandle, EngineError> {
        let slot = slot(&self.embedders, name).await;
        slot.get_or_try_init(|| async {
            let LoadedEmbedder {
                embedder,
                tokenizer,
            } = load(Arc::clone(&self.provider), name, |provider, name| {
                provider.load_embedder(name)
            })
            .await?;
            let info = Arc::new(embedder.info().clone());
            let thread = Arc::new(ModelThread::spawn("embedder", QUEUE_CAPACITY, embedder)?);
            Ok(EmbedderHandle {
                info,
                tokenizer,
                thread,
            })
        })
        .await
        .cloned()
    }

    /// The cross-encoder of this name, loaded on first use.
    pub(crate) async fn reranker(&self, name: &str) -> Result<RerankerHandle, EngineError> {
        let slot = slot(&self.rerankers, name).await;
        slot.get_or_try_init(|| async {
            let reranker = load(Arc::clone(&self.provider), name, |provider, name| {
                provider.load_reranker(name)
            })
            .await?;
            let thread = Arc::new(RerankThread::spawn(QUEUE_CAPACITY, reranker)?);
            let info = Arc::clone(thread.info());
            Ok(RerankerHandle { info, thread })
        })
        .await
        .cloned()
    }

    /// The language model, if there is one.
    pub(crate) async fn chat(&self) -> Result<Option<Arc<dyn ChatModel>>, EngineError> {
        let chat = self.chat_cell();
        let loaded = chat
            .get_or_try_init(|| async {
                let provider = Arc::clone(&self.provider);
                let loaded = tokio::task::spawn_blocking(move || provider.chat_model()).await;
                loaded.map_err(|_panicked| EngineError::Stopping)
            })
            .await?;
        loaded.clone().map_err(EngineError::Model)
    }

    /// What became of the language model, if loading it has ended.
    pub(crate) fn loaded_chat(&self) -> Option<LoadedChat> {
        self.chat_cell().get().cloned()
    }

    /// Lets the language model be looked for once more where there was none, because files have come.
    pub(crate) fn look_for_chat_again(&self) {
        let mut chat = self.chat.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(chat.get(), Some(Ok(None) | Err(_))) {
            *chat = Arc::default();
        }
    }

    fn chat_cell(&self) -> Arc<OnceCell<LoadedChat>> {
        Arc::clone(&self.chat.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The embedders loaded now, with the calls waiting for each.
    pub(crate) async fn loaded_embedders(&self) -> Vec<(Arc<EmbedderInfo>, usize)> {
        let slots = self.embedders.lock().await;
        slots
            .values()
            .filter_map(|slot| slot.get())
            .map(|h| (Arc::clone(&h.info), h.thread.waiting()))
            .collect()
    }

    /// The cross-encoders loaded now, with the calls waiting for each.
    pub(crate) async fn loaded_rerankers(&self) -> Vec<(Arc<RerankerInfo>, usize)> {
        let slots = self.rerankers.lock().await;
        slots
            .values()
            .filter_map(|slot| slot.get())
            .map(|h| (Arc::clone(&h.info), h.thread.waiting()))
            .collect()
    }
}

impl EmbedderHandle {
    /// One vector for each text, and how long the call waited for the model.
    pub(crate) async fn embed(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
        priority: Priority,
    ) -> Result<(Vec<Vec<f32>>, Duration), EngineError> {
        let call = move |embedder: &mut Box<dyn Embedder>| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            embedder.embed(&texts, purpose)
        };
        let (vectors, waited) = self.thread.run(priority, call).await?;
        Ok((vectors?, waited))
    }

    /// The token vectors of each text, and how long the call waited for the model.
    pub(crate) async fn token_vectors(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
    ) -> Result<(Vec<TokenVectors>, Duration), EngineError> {
        let call = move |embedder: &mut Box<dyn Embedder>| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            embedder.token_vectors(&texts, purpose)
        };
        let (vectors, waited) = self.thread.run(Priority::Interactive, call).await?;
        Ok((vectors?, waited))
    }
}

impl RerankerHandle {
    /// Scores the passages, those given first first, until the deadline of the options: one entry for each, `None` for
    /// what stayed unscored. The duration is how long the model worked for others meanwhile. Dropping the future takes
    /// the request out of the queue.
    pub(crate) async fn score(
        &self,
        query: String,
        passages: Vec<String>,
        options: ScoreOptions,
    ) -> Result<Scored, EngineError> {
        self.thread.score(query, passages, options).await
    }
}

async fn slot<T>(slots: &Slots<T>, name: &str) -> Arc<OnceCell<T>> {
    Arc::clone(slots.lock().await.entry(name.to_owned()).or_default())
}

async fn load<T: Send + 'static>(
    provider: Arc<dyn ModelProvider>,
    name: &str,
    load: impl FnOnce(&dyn ModelProvider, &str) -> Result<T, ModelError> + Send + 'static,
) -> Result<T, EngineError> {
    let name = name.to_owned();
    let loaded = tokio::task::spawn_blocking(move || load(provider.as_ref(), &name)).await;
    loaded
        .map_err(|_panicked| EngineError::Stopping)?
        .map_err(EngineError::Model)
}
