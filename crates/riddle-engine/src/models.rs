//! Loads each model at most once and hands out cloneable handles to its thread.

mod chat_slot;
mod embedder;
mod in_use;
mod notice;
mod pace;
mod slots;
mod writing;

use std::sync::Arc;

use riddle_core::{
    ChatModel, Compute, EmbedderInfo, LanguageCoverage, ModelError, ModelProvider, RerankKind,
    RerankerInfo, ScoreOptions,
};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::names::beginning_if_longer;
pub(crate) use crate::rerank_thread::PairScores;
use crate::rerank_thread::RerankThread;
use chat_slot::{ChatSlot, LoadedChat};
pub(crate) use embedder::EmbedderHandle;
pub use in_use::ModelHealth;
pub(crate) use in_use::models_in_use;
pub use notice::HealthNotice;
use slots::Slots;
pub(crate) use writing::Writing;

/// Characters of a model's name.
const MAX_NAME_CHARS: usize = 200;

/// Special tokens that an encoder puts around a text, which count against its longest input.
pub(crate) const SPECIAL_TOKENS: usize = 2;
/// Calls that may wait for one model in each priority.
const QUEUE_CAPACITY: usize = 64;

/// A reranker on its thread.
#[derive(Clone)]
pub(crate) struct RerankerHandle {
    pub(crate) info: Arc<RerankerInfo>,
    thread: Arc<RerankThread>,
}

/// All models of this process.
pub(crate) struct Models {
    provider: Arc<dyn ModelProvider>,
    embedders: Slots<EmbedderHandle>,
    rerankers: Slots<RerankerHandle>,
    /// It writes answers.
    chat: ChatSlot,
    /// It shows times where none writes answers.
    chat_at_hand: ChatSlot,
    writing: Writing,
}

impl Models {
    pub(crate) fn new(provider: Arc<dyn ModelProvider>) -> Self {
        Self {
            provider,
            embedders: Slots::default(),
            rerankers: Slots::default(),
            chat: ChatSlot::default(),
            chat_at_hand: ChatSlot::default(),
            writing: Writing::default(),
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

    /// How a reranker scores, if that is known without loading it.
    pub(crate) fn reranker_kind(&self, name: &str) -> Option<RerankKind> {
        self.provider.reranker_kind(name)
    }

    /// The languages that a reranker knows, if they are known without loading it.
    pub(crate) fn reranker_languages(&self, name: &str) -> Option<LanguageCoverage> {
        self.provider.reranker_languages(name)
    }

    /// The embedder of this name, loaded on first use. Dropping the future leaves the loading going on.
    pub(crate) async fn embedder(&self, name: &str) -> Result<EmbedderHandle, EngineError> {
        check_name(name)?;
        let (provider, wanted) = (Arc::clone(&self.provider), name.to_owned());
        let writing = self.writing.clone();
        let load = move || {
            let loaded = provider.load_embedder(&wanted)?;
            EmbedderHandle::spawn(loaded, writing).map_err(|error| no_thread(&wanted, &error))
        };
        Ok(self.embedders.get(name, load).await?)
    }

    /// The reranker of this name, loaded on first use. Dropping the future leaves the loading going on.
    pub(crate) async fn reranker(&self, name: &str) -> Result<RerankerHandle, EngineError> {
        check_name(name)?;
        let (provider, wanted) = (Arc::clone(&self.provider), name.to_owned());
        let load = move || {
            let reranker = provider.load_reranker(&wanted)?;
            let thread = RerankThread::spawn(QUEUE_CAPACITY, reranker);
            let thread = Arc::new(thread.map_err(|error| no_thread(&wanted, &error))?);
            let info = Arc::clone(thread.info());
            Ok(RerankerHandle { info, thread })
        };
        Ok(self.rerankers.get(name, load).await?)
    }

    /// The language model that writes answers, if there is one.
    pub(crate) async fn chat(&self) -> Result<Option<Arc<dyn ChatModel>>, EngineError> {
        self.load_chat(&self.chat, |provider| provider.chat_model())
            .await
    }

    /// The language model that comparisons measure times with, if there is one.
    pub(crate) async fn chat_to_compare(&self) -> Result<Option<Arc<dyn ChatModel>>, EngineError> {
        match self.chat().await? {
            Some(chat) => Ok(Some(chat)),
            None => {
                self.load_chat(&self.chat_at_hand, |provider| provider.chat_model_at_hand())
                    .await
            }
        }
    }

    async fn load_chat(
        &self,
        slot: &ChatSlot,
        load: fn(&dyn ModelProvider) -> LoadedChat,
    ) -> Result<Option<Arc<dyn ChatModel>>, EngineError> {
        let chat = slot.cell();
        let loaded = chat
            .get_or_try_init(|| async {
                let provider = Arc::clone(&self.provider);
                let writing = self.writing.clone();
                let load = move || {
                    let chat = load(&*provider)?;
                    Ok(chat.map(|chat| writing.counted(chat)))
                };
                run_blocking("loading the language model", load).await
            })
            .await?;
        loaded.clone().map_err(EngineError::Model)
    }

    /// Answers of the language model that are being written on this machine's processors.
    pub(crate) fn writing(&self) -> &Writing {
        &self.writing
    }

    /// The result of loading the language model, if that has ended.
    pub(crate) fn loaded_chat(&self) -> Option<LoadedChat> {
        self.chat.cell().get().cloned()
    }

    /// Looks for the language model again if there was none, because files have come.
    pub(crate) fn look_for_chat_again(&self) {
        self.chat.look_again();
        self.chat_at_hand.look_again();
    }

    /// The embedders loaded now, with the calls waiting for each.
    pub(crate) fn loaded_embedders(&self) -> Vec<(Arc<EmbedderInfo>, usize)> {
        let loaded = self.embedders.loaded().into_iter();
        loaded.map(|h| (Arc::clone(&h.info), h.waiting())).collect()
    }

    /// The rerankers loaded now, with the calls waiting for each.
    pub(crate) fn loaded_rerankers(&self) -> Vec<(Arc<RerankerInfo>, usize)> {
        let loaded = self.rerankers.loaded().into_iter();
        loaded
            .map(|h| (Arc::clone(&h.info), h.thread.waiting()))
            .collect()
    }
}

impl RerankerHandle {
    /// Scores the passages in the order given, until the deadline of the options. Dropping the future takes the request
    /// out of the queue.
    pub(crate) async fn score(
        &self,
        query: String,
        passages: Vec<String>,
        options: ScoreOptions,
    ) -> Result<PairScores, EngineError> {
        self.thread.score(query, passages, options).await
    }

    /// Whether each passage fits the model beside the query, found without running the model.
    pub(crate) async fn read_whole(
        &self,
        query: String,
        passages: Vec<String>,
        options: ScoreOptions,
    ) -> Result<Vec<bool>, EngineError> {
        self.thread.read_whole(query, passages, options).await
    }
}

/// The beginning of the name, if it is longer than any model's.
pub(crate) fn too_long(name: &str) -> Option<String> {
    beginning_if_longer(name, MAX_NAME_CHARS)
}

/// Refuses a name that is longer than any model's. The error has the beginning of the name alone.
fn check_name(name: &str) -> Result<(), ModelError> {
    let Some(beginning) = too_long(name) else {
        return Ok(());
    };
    Err(ModelError::Unavailable {
        model: beginning,
        remedy: format!(
            "names of models have at most {MAX_NAME_CHARS} characters; `riddle models list` has them all"
        ),
    })
}

fn no_thread(model: &str, error: &std::io::Error) -> ModelError {
    ModelError::Failed {
        model: model.to_owned(),
        message: format!("no thread for it: {error}"),
    }
}
