#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Shared};
use riddle_core::{
    ChatModel, ChatModelInfo, ChatPlace, ChatRequest, ChatStream, FoundChat, ModelError,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::load_failure::broke_off;
use super::loading;
use crate::blocking::run_blocking;
use crate::error::EngineError;

/// How long a model waits for another one's answers to end, before it takes that one's place.
const PLACE_WAIT: Duration = Duration::from_secs(120);
/// When somebody who has waited in vain may try again.
const RETRY_AFTER_S: u32 = 30;

/// Language models by name. Those that compute on this machine share a bounded number of places in memory: where all
/// are taken, the one that has not been asked for the longest goes, once its answers are written. A model whose thread
/// has ended is loaded again; one whose files cannot be used is not tried again before files have come.
pub(super) struct ChatModels {
    kept: Mutex<Kept>,
    places: Arc<Semaphore>,
    limit: usize,
}

#[derive(Default)]
struct Kept {
    models: HashMap<String, Entry>,
    /// Counts up with every use.
    uses: u64,
}

struct Entry {
    loading: Loading,
    place: ChatPlace,
    /// The last use.
    used: u64,
}

type LoadedChat = Result<Arc<dyn ChatModel>, NotLoaded>;
type Loading = Shared<BoxFuture<'static, LoadedChat>>;

/// Why a language model is not there.
#[derive(Clone, Debug)]
pub(super) enum NotLoaded {
    Model(ModelError),
    /// The answers of the others did not end in time.
    NoPlace,
}

impl From<NotLoaded> for EngineError {
    fn from(problem: NotLoaded) -> Self {
        match problem {
            NotLoaded::Model(error) => Self::Model(error),
            NotLoaded::NoPlace => Self::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            },
        }
    }
}

impl ChatModels {
    /// With places for `limit` models, one at least.
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            kept: Mutex::default(),
            places: Arc::new(Semaphore::new(limit)),
            limit,
        }
    }

    /// The model that was found. Calls `load`, which may block, if loading has not begun.
    pub(super) async fn get(
        &self,
        found: FoundChat,
        load: impl FnOnce() -> Result<Arc<dyn ChatModel>, ModelError> + Send + 'static,
    ) -> LoadedChat {
        let loading = self.begun(found, load);
        loading.await
    }

    /// The models that are loaded now.
    pub(super) fn loaded(&self) -> Vec<Arc<dyn ChatModel>> {
        let kept = self.lock();
        let loaded = kept
            .models
            .values()
            .filter_map(|entry| entry.loading.peek());
        loaded.flatten().cloned().collect()
    }

    /// Why the model of this name could not be loaded, if that was tried.
    pub(super) fn failure(&self, name: &str) -> Option<ModelError> {
        match self.lock().models.get(name)?.loading.peek() {
            Some(Err(NotLoaded::Model(error))) => Some(error.clone()),
            _ => None,
        }
    }

    /// Tries models again that could not be loaded.
    pub(super) fn look_again(&self) {
        let loadable = |entry: &Entry| !matches!(entry.loading.peek(), Some(Err(_)));
        self.lock().models.retain(|_, entry| loadable(entry));
    }

    fn begun(
        &self,
        found: FoundChat,
        load: impl FnOnce() -> Result<Arc<dyn ChatModel>, ModelError> + Send + 'static,
    ) -> Loading {
        let mut kept = self.lock();
        kept.uses += 1;
        let used = kept.uses;
        if let Some(entry) = kept.models.get_mut(&found.name)
            && entry.is_final()
        {
            entry.used = used;
            return entry.loading.clone();
        }
        let mut gone: Vec<Entry> = kept.models.remove(&found.name).into_iter().collect();
        if found.place == ChatPlace::Here {
            gone.extend(kept.make_room(self.limit));
        }
        let places = (found.place == ChatPlace::Here).then(|| Arc::clone(&self.places));
        let loading = begin(&found.name, places, load);
        let entry = Entry {
            loading: loading.clone(),
            place: found.place,
            used,
        };
        kept.models.insert(found.name, entry);
        drop(kept);
        // Not under the lock, because the end of a model takes its time.
        drop(gone);
        loading
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // No code that can panic runs under the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Takes models away until one more has a place.
    fn make_room(&mut self, limit: usize) -> Vec<Entry> {
        let mut gone = Vec::new();
        loop {
            let here = self
                .models
                .iter()
                .filter(|(_, entry)| entry.takes_a_place());
            let longest_unused = here.clone().min_by_key(|(_, entry)| entry.used);
            let Some(name) = longest_unused.map(|(name, _)| name.clone()) else {
                return gone;
            };
            if here.count() < limit {
                return gone;
            }
            tracing::info!(model = name, "a language model makes way for another");
            gone.extend(self.models.remove(&name));
        }
    }
}

impl Entry {
    /// Whether it is not to be tried again: it loads, is loaded and answers, or its files cannot be used.
    fn is_final(&self) -> bool {
        match self.loading.peek() {
            Some(Ok(chat)) => !chat.has_ended(),
            Some(Err(
                NotLoaded::NoPlace
                | NotLoaded::Model(ModelError::Failed { .. } | ModelError::Away { .. }),
            )) => false,
            Some(Err(NotLoaded::Model(_))) | None => true,
        }
    }

    fn takes_a_place(&self) -> bool {
        self.place == ChatPlace::Here && !matches!(self.loading.peek(), Some(Err(_)))
    }
}

fn begin(
    name: &str,
    places: Option<Arc<Semaphore>>,
    load: impl FnOnce() -> Result<Arc<dyn ChatModel>, ModelError> + Send + 'static,
) -> Loading {
    let model = name.to_owned();
    loading::begin(async move {
        let place = match places {
            None => None,
            Some(places) => match tokio::time::timeout(PLACE_WAIT, places.acquire_owned()).await {
                Ok(Ok(place)) => Some(place),
                Ok(Err(_)) | Err(_) => return Err(NotLoaded::NoPlace),
            },
        };
        let loaded = run_blocking("loading the language model", load).await;
        let chat = loaded.unwrap_or_else(|error| Err(broke_off(model, &error)));
        let chat = chat.map_err(NotLoaded::Model)?;
        Ok(Placed::around(chat, place))
    })
}

/// A model that gives its place back when nobody has it any more and its last answer has ended.
struct Placed {
    model: Arc<InPlace>,
}

/// The place is free once the model is gone, so it is the last field.
struct InPlace {
    chat: Arc<dyn ChatModel>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Placed {
    fn around(chat: Arc<dyn ChatModel>, place: Option<OwnedSemaphorePermit>) -> Arc<dyn ChatModel> {
        let model = InPlace {
            chat,
            _place: place,
        };
        Arc::new(Self {
            model: Arc::new(model),
        })
    }
}

impl ChatModel for Placed {
    fn info(&self) -> &ChatModelInfo {
        self.model.chat.info()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.chat.count_tokens(text)
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let model = Arc::clone(&self.model);
        let deltas = self.model.chat.chat(request);
        // The closure, and the model in it, lives until the stream is dropped.
        Box::pin(deltas.inspect(move |_delta| {
            let _kept = &model;
        }))
    }

    fn has_ended(&self) -> bool {
        self.model.chat.has_ended()
    }
}
