//! The ground that all use cases stand on. It knows none of them.

use std::sync::Arc;
use std::time::Instant;

use riddle_core::{ChunkIndex, Clock, KnowledgeBase, ModelLibrary, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::error::EngineError;
use crate::index_progress::IndexProgress;
use crate::models::Models;
use crate::options::EngineOptions;

/// Seconds after which a request that was refused may come again.
const RETRY_AFTER_S: u32 = 1;

/// What the use cases share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) index: Arc<dyn ChunkIndex>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) models: Models,
    /// The models that are known by name, and their files.
    pub(crate) library: Arc<dyn ModelLibrary>,
    pub(crate) options: EngineOptions,
    /// How far the indexes have come, and the call to bring more into them.
    pub(crate) index_progress: IndexProgress,
    /// Tells all background work to end; the one reason for [`EngineError::Stopping`].
    pub(crate) stopping: CancellationToken,
    pub(crate) started: Instant,
    /// Permits of searches and answers.
    pub(crate) query_permits: Arc<Semaphore>,
}

impl Shared {
    /// The knowledge base of this id or name.
    pub(crate) async fn find_knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<KnowledgeBase, EngineError> {
        let found = self.store.lookup_knowledge_base(id_or_name).await?;
        found.ok_or_else(|| EngineError::KnowledgeBaseNotFound(id_or_name.to_owned()))
    }

    /// Lets one more search, answer or other use of the models begin, or refuses it.
    pub(crate) fn query_permit(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        let permits = Arc::clone(&self.query_permits);
        permits
            .try_acquire_owned()
            .map_err(|_none_left| EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            })
    }

    /// Permits that are taken.
    pub(crate) fn active_queries(&self) -> usize {
        let all = self.options.max_concurrent_queries;
        all.saturating_sub(self.query_permits.available_permits())
    }
}
