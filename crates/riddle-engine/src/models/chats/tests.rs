use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{poll, stream};

use super::*;

/// Models in memory now, and the most that there ever were.
#[derive(Default)]
struct Memory {
    now: AtomicUsize,
    most: AtomicUsize,
    loads: AtomicUsize,
    /// How many of the models that were loaded first have ended.
    ended: AtomicUsize,
}

struct Silent {
    info: ChatModelInfo,
    memory: Arc<Memory>,
    /// How many were loaded before it.
    load: usize,
}

impl Silent {
    fn load(name: &str, memory: &Arc<Memory>) -> Arc<dyn ChatModel> {
        let now = memory.now.fetch_add(1, Ordering::SeqCst) + 1;
        memory.most.fetch_max(now, Ordering::SeqCst);
        let load = memory.loads.fetch_add(1, Ordering::SeqCst);
        Arc::new(Self {
            load,
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

    fn has_ended(&self) -> bool {
        self.load < self.memory.ended.load(Ordering::SeqCst)
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
async fn a_model_that_has_ended_gives_its_place_to_itself() {
    let (chats, memory) = (ChatModels::new(2), Arc::<Memory>::default());
    for name in ["a", "b", "a"] {
        get(&chats, name, &memory).await.expect("is loaded");
    }
    assert_eq!(memory.loads.load(Ordering::SeqCst), 2);
    memory.ended.store(1, Ordering::SeqCst);
    let again = get(&chats, "a", &memory).await.expect("is loaded again");
    assert!(!again.has_ended());
    assert_eq!(names(&chats), ["a", "b"]);
    assert_eq!(memory.loads.load(Ordering::SeqCst), 3);
    assert_eq!(memory.most.load(Ordering::SeqCst), 2);
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
