use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use riddle_core::ChatId;

use crate::error::EngineError;

/// Chats whose answer is being written.
#[derive(Default)]
pub(super) struct BusyChats(Mutex<HashSet<ChatId>>);

/// Keeps other questions out of a chat until it is dropped.
pub(super) struct BusyGuard {
    chats: Arc<BusyChats>,
    chat: ChatId,
}

impl BusyChats {
    /// Takes a chat, unless another request has it.
    pub(super) fn take(self: &Arc<Self>, chat: ChatId) -> Result<BusyGuard, EngineError> {
        if !self.with(|chats| chats.insert(chat)) {
            return Err(EngineError::ChatBusy);
        }
        Ok(BusyGuard {
            chats: Arc::clone(self),
            chat,
        })
    }

    fn with<R>(&self, work: impl FnOnce(&mut HashSet<ChatId>) -> R) -> R {
        // A panic elsewhere cannot leave a set of ids half changed.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.chats.with(|chats| chats.remove(&self.chat));
    }
}
