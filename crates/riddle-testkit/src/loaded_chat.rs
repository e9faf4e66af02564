use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use riddle_core::{ChatError, ChatModel, ChatModelInfo, ChatRequest, ChatStream};

/// The threads of language models, which end together.
#[derive(Clone, Default)]
pub(crate) struct ChatThreads {
    ends: Arc<AtomicUsize>,
}

/// A language model that answers until its thread ends.
struct LoadedChat {
    chat: Arc<dyn ChatModel>,
    threads: ChatThreads,
    /// How often threads had ended before.
    ends_before: usize,
}

impl ChatThreads {
    /// Ends the threads of all that are loaded.
    pub(crate) fn end(&self) {
        self.ends.fetch_add(1, Ordering::SeqCst);
    }

    /// The model on a thread of its own.
    pub(crate) fn loaded(&self, chat: &Arc<dyn ChatModel>) -> Arc<dyn ChatModel> {
        Arc::new(LoadedChat {
            chat: Arc::clone(chat),
            threads: self.clone(),
            ends_before: self.ends(),
        })
    }

    fn ends(&self) -> usize {
        self.ends.load(Ordering::SeqCst)
    }
}

impl ChatModel for LoadedChat {
    fn info(&self) -> &ChatModelInfo {
        self.chat.info()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.chat.count_tokens(text)
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        if !self.has_ended() {
            return self.chat.chat(request);
        }
        let panic = "its thread has ended".to_owned();
        Box::pin(stream::iter([Err(ChatError::Panicked { panic })]))
    }

    fn has_ended(&self) -> bool {
        self.threads.ends() > self.ends_before
    }
}
