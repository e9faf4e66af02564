use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared};
use futures_util::{FutureExt, StreamExt};
use riddle_core::{
    ChatModel, ChatModelInfo, ChatPlace, ChatRequest, ChatStream, FoundChat, ModelError,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::load_failure::broke_off;
use crate::blocking::run_blocking;
use crate::error::EngineError;

/// How long a model waits for another one's answers to end, before it takes that one's place.
const PLACE_WAIT: Duration = Duration::from_secs(120);
/// When somebody who has waited in vain may try again.
const RETRY_AFTER_S: u32 = 30;

/// Language models by name. Those that compute on this machine share a bounded number of places in memory: where all
/// are taken, the one that has not been asked for the longest goes, once its answers are written. A model whose files
/// cannot be used is not tried again before files have come.
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
        let gone = match found.place {
            ChatPlace::Here => kept.make_room(self.limit),
            ChatPlace::Elsewhere => Vec::new(),
        };
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
    /// Whether it is not to be tried again: it loads, is loaded, or its files cannot be used.
    fn is_final(&self) -> bool {
        !matches!(
            self.loading.peek(),
            Some(Err(
                NotLoaded::NoPlace | NotLoaded::Model(ModelError::Failed { .. })
            ))
        )
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
    let loaded = async move {
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
    };
    let loading = loaded.boxed().shared();
    // A task drives the loading to its end, even if everybody who waited has gone.
    tokio::spawn(loading.clone());
    loading
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
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{poll, stream};

    use super::*;

    /// Models in memory now, and the most that there ever were.
    #[derive(Default)]
    struct Memory {
        now: AtomicUsize,
        most: AtomicUsize,
        loads: AtomicUsize,
    }

    struct Silent {
        info: ChatModelInfo,
        memory: Arc<Memory>,
    }

    impl Silent {
        fn load(name: &str, memory: &Arc<Memory>) -> Arc<dyn ChatModel> {
            let now = memory.now.fetch_add(1, Ordering::SeqCst) + 1;
            memory.most.fetch_max(now, Ordering::SeqCst);
            memory.loads.fetch_add(1, Ordering::SeqCst);
            Arc::new(Self {
                info: ChatModelInfo {
                    name: name.to_owned(),
                    engine: "none".to_owned(),
                    device: "cpu".to_owned(),
                    context_tokens: 64,
                },
                memory: Arc::clone(memory),
            })
        }
    }

    impl Drop for Silent {
        fn drop(&mut self) {
            self.memory.now.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl ChatModel for Silent {
        fn info(&self) -> &ChatModelInfo {
            &self.info
        }

        fn count_tokens(&self, text: &str) -> usize {
            text.len()
        }

        fn chat(&self, _request: ChatRequest) -> ChatStream {
            Box::pin(stream::pending())
        }
    }

    fn ask(chat: &dyn ChatModel) -> ChatStream {
        chat.chat(ChatRequest {
            messages: Vec::new(),
            max_tokens: 1,
            temperature: 0.0,
            seed: None,
            thinking: false,
        })
    }

    async fn get(chats: &ChatModels, name: &str, memory: &Arc<Memory>) -> LoadedChat {
        get_at(chats, name, ChatPlace::Here, memory).await
    }

    async fn get_at(
        chats: &ChatModels,
        name: &str,
        place: ChatPlace,
        memory: &Arc<Memory>,
    ) -> LoadedChat {
        let found = FoundChat {
            name: name.to_owned(),
            place,
            writes_well: true,
        };
        let (name, memory) = (name.to_owned(), Arc::clone(memory));
        chats
            .get(found, move || Ok(Silent::load(&name, &memory)))
            .await
    }

    fn names(chats: &ChatModels) -> Vec<String> {
        let loaded = chats.loaded();
        let mut names: Vec<String> = loaded.iter().map(|chat| chat.info().name.clone()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn the_one_that_was_not_asked_for_the_longest_makes_way() {
        let (chats, memory) = (ChatModels::new(2), Arc::default());
        for name in ["a", "b", "a", "c"] {
            get(&chats, name, &memory).await.expect("is loaded");
        }
        assert_eq!(names(&chats), ["a", "c"]);
        assert_eq!(memory.loads.load(Ordering::SeqCst), 3);
        assert_eq!(memory.most.load(Ordering::SeqCst), 2);
        get(&chats, "b", &memory).await.expect("is loaded again");
        assert_eq!(names(&chats), ["b", "c"]);
        assert_eq!(memory.now.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_model_stays_in_memory_until_its_answer_is_written_and_the_next_one_waits() {
        let (chats, memory) = (ChatModels::new(1), Arc::<Memory>::default());
        let first = get(&chats, "a", &memory).await.expect("is loaded");
        let answer = ask(&*first);
        drop(first);
        let next = get(&chats, "b", &memory);
        tokio::pin!(next);
        for _turn in 0..100 {
            assert!(poll!(&mut next).is_pending(), "the answer is being written");
            tokio::task::yield_now().await;
        }
        assert_eq!(memory.loads.load(Ordering::SeqCst), 1);
        drop(answer);
        let next = next.await.expect("has a place now");
        assert_eq!(next.info().name, "b");
        assert_eq!(memory.most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_model_of_another_server_takes_no_place() {
        let (chats, memory) = (ChatModels::new(1), Arc::default());
        get(&chats, "a", &memory).await.expect("is loaded");
        let elsewhere = get_at(&chats, "far", ChatPlace::Elsewhere, &memory).await;
        assert!(elsewhere.is_ok());
        assert_eq!(names(&chats), ["a", "far"]);
    }

    #[tokio::test]
    async fn files_that_cannot_be_used_are_tried_again_once_files_have_come() {
        let (chats, memory) = (ChatModels::new(1), Arc::default());
        let broken = || {
            let found = FoundChat {
                name: "a".to_owned(),
                place: ChatPlace::Here,
                writes_well: true,
            };
            let error = ModelError::Unavailable {
                model: "a".to_owned(),
                remedy: "pull it again".to_owned(),
            };
            chats.get(found, move || Err(error))
        };
        assert!(broken().await.is_err());
        assert!(get(&chats, "a", &memory).await.is_err(), "it is not tried");
        assert!(chats.failure("a").is_some());
        chats.look_again();
        assert!(chats.failure("a").is_none());
        assert!(get(&chats, "a", &memory).await.is_ok());
    }
}
