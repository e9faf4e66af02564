//! Loads each model at most once and hands out cloneable handles to its thread.

mod away;
mod chat_choice;
mod chats;
mod embedder;
mod in_use;
mod load_failure;
mod loading;
mod notice;
mod resting;
mod slots;
mod writing;

use std::sync::Arc;

use riddle_core::{
    ChatModel, Clock, Compute, EmbedderInfo, LanguageCoverage, ModelError, ModelProvider,
    RerankKind, RerankerInfo, RerankerOwner, ScoreOptions,
};

use crate::bounds::MAX_MODEL_NAME_CHARS;
use crate::error::EngineError;
use crate::names::beginning_if_longer;
pub(crate) use crate::rerank_thread::PairScores;
use crate::rerank_thread::RerankThread;
pub(crate) use away::{AwayEmbedder, AwayEmbedders};
pub(crate) use chat_choice::{ChatChoice, ChosenChat};
use chats::ChatModels;
pub(crate) use embedder::EmbedderHandle;
pub use in_use::ModelHealth;
pub(crate) use in_use::models_in_use;
pub use notice::HealthNotice;
use slots::Slots;
pub(crate) use writing::Writing;

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
    chats: ChatModels,
    writing: Writing,
    away: AwayEmbedders,
}

impl Models {
    /// With so many language models of this machine in memory at the same time.
    pub(crate) fn new(
        provider: Arc<dyn ModelProvider>,
        chats: usize,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            provider,
            embedders: Slots::new(Arc::clone(clock)),
            rerankers: Slots::new(Arc::clone(clock)),
            chats: ChatModels::new(chats),
            writing: Writing::default(),
            away: AwayEmbedders::new(clock),
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

    /// The language model that answers where none is chosen, by its name.
    pub(crate) fn default_chat(&self) -> Option<String> {
        let name = self.provider.default_chat()?;
        // The configuration may call it by another name.
        Some(match self.provider.find_chat(&name) {
            Ok(found) => found.name,
            Err(_) => name,
        })
    }

    /// The language models that can be chosen and are not of the catalogue.
    pub(crate) fn other_chats(&self) -> Vec<String> {
        self.provider.other_chats()
    }

    /// SHA-256 of the weights of a model, where it was recorded when they came.
    pub(crate) fn weights_hash(&self, name: &str) -> Option<String> {
        self.provider.weights_hash(name)
    }

    /// How a reranker scores, if that is known without loading it.
    pub(crate) fn reranker_kind(&self, name: &str) -> Option<RerankKind> {
        self.provider.reranker_kind(name)
    }

    /// The languages that a reranker knows, if they are known without loading it.
    pub(crate) fn reranker_languages(&self, name: &str) -> Option<LanguageCoverage> {
        self.provider.reranker_languages(name)
    }

    /// The embedder of this name, loaded on first use, and again if its thread has ended. Dropping the future leaves
    /// the loading going on.
    pub(crate) async fn embedder(&self, name: &str) -> Result<EmbedderHandle, EngineError> {
        check_name(name)?;
        let (provider, wanted) = (Arc::clone(&self.provider), name.to_owned());
        let (writing, away) = (self.writing.clone(), self.away.clone());
        let load = move || {
            let loaded = provider.load_embedder(&wanted);
            away.learn(&wanted, loaded.as_ref().err());
            EmbedderHandle::spawn(loaded?, writing, away)
                .map_err(|error| load_failure::no_thread(&wanted, &error))
        };
        self.embedders.forget_if(name, EmbedderHandle::has_ended);
        Ok(self.embedders.get(name, load).await?)
    }

    /// The reranker of this name, loaded on first use, and again if its thread has ended. Dropping the future leaves
    /// the loading going on.
    pub(crate) async fn reranker(&self, name: &str) -> Result<RerankerHandle, EngineError> {
        check_name(name)?;
        let (provider, wanted) = (Arc::clone(&self.provider), name.to_owned());
        let load = move || {
            let name = wanted.clone();
            let open = move |owner: RerankerOwner<'_>| provider.own_reranker(&name, owner);
            let thread = RerankThread::spawn(wanted.clone(), QUEUE_CAPACITY, open);
            let thread = thread.map_err(|error| load_failure::of_thread(wanted, error))?;
            let thread = Arc::new(thread);
            let info = Arc::clone(thread.info());
            Ok(RerankerHandle { info, thread })
        };
        self.rerankers
            .forget_if(name, |reranker| reranker.thread.has_ended());
        Ok(self.rerankers.get(name, load).await?)
    }

    /// The embedders whose servers do not answer.
    pub(crate) fn away(&self) -> &AwayEmbedders {
        &self.away
    }

    /// Answers of the language model that are being written on this machine's CPUs.
    pub(crate) fn writing(&self) -> &Writing {
        &self.writing
    }

    /// Tries language models again that could not be loaded, because files have come.
    pub(crate) fn look_for_chats_again(&self) {
        self.chats.look_again();
    }

    /// The language models loaded now.
    pub(crate) fn loaded_chats(&self) -> Vec<Arc<dyn ChatModel>> {
        self.chats.loaded()
    }

    /// The embedders loaded now, with the calls waiting for each.
    pub(crate) fn loaded_embedders(&self) -> Vec<(Arc<EmbedderInfo>, usize)> {
        let loaded = self.embedders.loaded().into_iter();
        loaded.map(|h| (Arc::clone(&h.info), h.waiting())).collect()
    }

    /// Whether the embedder can be the fallback for a reranker, as far as is known of one that is not loaded.
    pub(crate) fn may_be_fallback(&self, embedder: &str) -> bool {
        let loaded = self.embedders.loaded();
        let loaded = loaded.iter().find(|handle| handle.info.name == embedder);
        loaded.map_or_else(
            || self.provider.may_give_token_vectors(embedder),
            |handle| handle.gives_token_vectors,
        )
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
    beginning_if_longer(name, MAX_MODEL_NAME_CHARS)
}

/// Refuses a name that is longer than any model's. The error has the beginning of the name alone.
fn check_name(name: &str) -> Result<(), ModelError> {
    let Some(beginning) = too_long(name) else {
        return Ok(());
    };
    Err(ModelError::Unavailable {
        model: beginning,
        remedy: format!(
            "names of models have at most {MAX_MODEL_NAME_CHARS} characters; `riddle models list` has them all"
        ),
    })
}
