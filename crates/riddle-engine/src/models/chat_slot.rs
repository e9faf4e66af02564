use std::sync::{Arc, PoisonError, RwLock};

use riddle_core::{ChatModel, ModelError};
use tokio::sync::OnceCell;

/// The result of loading a language model; `None` if there is none.
pub(super) type LoadedChat = Result<Option<Arc<dyn ChatModel>>, ModelError>;

/// The place of a language model. After a failure it is loaded again at the next start, or when a model was fetched.
#[derive(Default)]
pub(super) struct ChatSlot(RwLock<Arc<OnceCell<LoadedChat>>>);

impl ChatSlot {
    pub(super) fn cell(&self) -> Arc<OnceCell<LoadedChat>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks for the model again if there was none.
    pub(super) fn look_again(&self) {
        let mut chat = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(chat.get(), Some(Ok(None) | Err(_))) {
            *chat = Arc::default();
        }
    }
}
