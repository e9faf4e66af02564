//! Chats: what people asked, kept with the whole answers.
//!
//! `manage` is what callers see of the list, `turn` keeps a question and writes its answer, `rewrite` makes it
//! searchable, `draft` is what is known of an answer on its way, `busy` lets a chat have one answer in the making.

mod busy;
mod draft;
mod manage;
mod rewrite;
#[cfg(test)]
mod tests;
mod turn;

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use manage::WHOLE_AT_ONCE;
pub use manage::{ChatPatch, NewChat, WholeChat};
pub(crate) use rewrite::QuestionRewrite;
pub use turn::{ChatEvent, ChatEvents, ChatQuestion};

use crate::error::EngineError;
use crate::shared::Shared;
use busy::BusyChats;

/// Chats with their questions and answers.
pub(crate) struct Chats {
    shared: Arc<Shared>,
    busy: Arc<BusyChats>,
    whole: Arc<Semaphore>,
    /// Answers in the making. They run apart from their readers, so that what is written when a reader goes is kept.
    tasks: TaskTracker,
    /// The runtime that outlives the server's own threads.
    runtime: Handle,
}

impl Chats {
    /// To be called on the runtime that answers shall run on.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            busy: Arc::default(),
            whole: Arc::new(Semaphore::new(WHOLE_AT_ONCE)),
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    /// Ends what an earlier run was writing.
    pub(crate) async fn start(&self) -> Result<(), EngineError> {
        let stopped = self.shared.store.recover_replies().await?;
        if stopped > 0 {
            tracing::info!(
                stopped,
                "answers of an earlier run are kept as far as they came"
            );
        }
        Ok(())
    }

    /// Waits until every answer in the making is kept as far as it came; the engine's token tells them to end.
    pub(crate) async fn stop(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
