//! What all use cases need. It knows none of them.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use riddle_core::{ChunkIndex, Clock, KnowledgeBase, ModelLibrary, Store};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::blobs::BlobStore;
use crate::bounds::MAX_NAME_CHARS;
use crate::disk::DiskReserve;
use crate::error::EngineError;
use crate::index_progress::IndexProgress;
use crate::models::Models;
use crate::names::beginning_if_longer;
use crate::options::EngineOptions;
use crate::standing::Background;

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
    /// The originals of the documents.
    pub(crate) blobs: BlobStore,
    /// The free space that is kept on the disk of the data.
    pub(crate) disk: DiskReserve,
    /// Whether the work in the background gets on.
    pub(crate) background: Background,
    /// Documents whose originals were damaged or missing in the last complete audit.
    pub(crate) damaged_originals: AtomicU64,
    /// Why the last scheduled backup failed.
    pub(crate) backup_problem: Mutex<Option<String>>,
    /// The position of the indexes, and the signal that wakes the indexer.
    pub(crate) index_progress: IndexProgress,
    /// A question of a chat is in line to be searched in another way too.
    pub(crate) live_wanted: Notify,
    /// Held by whoever changes a knowledge base, from reading it on: what changes settings in the background must not
    /// undo what somebody has set meanwhile.
    pub(crate) changing_settings: tokio::sync::Mutex<()>,
    /// Wakes what gives knowledge bases other embedders: one was chosen, or files have come.
    pub(crate) embedders_due: Notify,
    /// Ends all background work. It is the only cause of [`EngineError::Stopping`].
    pub(crate) stopping: CancellationToken,
    pub(crate) started: Instant,
    /// Permits of searches and answers.
    pub(crate) query_permits: Arc<Semaphore>,
    /// Permits of requests of other tools for the models alone. They are separate, because such requests can take long
    /// and must not keep searches out.
    pub(crate) tool_permits: Arc<Semaphore>,
}

impl Shared {
    /// The knowledge base of this id or name.
    pub(crate) async fn find_knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<KnowledgeBase, EngineError> {
        let not_found = |name| EngineError::KnowledgeBaseNotFound(name);
        if let Some(beginning) = beginning_if_longer(id_or_name, MAX_NAME_CHARS) {
            return Err(not_found(beginning));
        }
        let found = self.store.lookup_knowledge_base(id_or_name).await?;
        found.ok_or_else(|| not_found(id_or_name.to_owned()))
    }

    /// A permit for a search, an answer or another use of the models. Refused if all are taken.
    pub(crate) fn query_permit(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        permit_of(&self.query_permits)
    }

    /// Whether a search would get a permit now.
    pub(crate) fn has_query_permit(&self) -> bool {
        self.query_permits.available_permits() > 0
    }

    /// A permit for a tool that uses a model without a knowledge base. Refused if all are taken.
    pub(crate) fn tool_permit(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        permit_of(&self.tool_permits)
    }

    /// Permits that are taken.
    pub(crate) fn active_queries(&self) -> usize {
        let all = self.options.max_concurrent_queries;
        let permits = [&self.query_permits, &self.tool_permits];
        let taken = permits.map(|permits| all.saturating_sub(permits.available_permits()));
        taken.iter().sum()
    }
}

fn permit_of(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, EngineError> {
    Arc::clone(permits)
        .try_acquire_owned()
        .map_err(|_none_left| EngineError::Overloaded {
            retry_after_s: RETRY_AFTER_S,
        })
}
