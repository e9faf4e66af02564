//! The models of the catalogue: which are here, which run, how they are fetched and verified.

mod adding;
mod download;
mod listing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use riddle_core::{FetchControl, LibraryError, ModelError, Verification};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

pub use download::{Download, DownloadEvents, DownloadState};
pub use listing::{LibraryListing, LibraryModel, LibraryModelState};

use crate::blocking::run_blocking;
use crate::disk::{DiskReserve, WriteKind};
use crate::error::EngineError;
use crate::models;
use crate::origin;
use crate::shared::Shared;
use crate::warm_up::warm_up;
use adding::Adding;
use download::DownloadHandle;

/// Most downloads at the same time. More would only share the bandwidth.
const MOST_DOWNLOADS: usize = 3;
/// How long a cancellation waits for the download's end. The end takes less, and after this time the answer is merely
/// less fresh.
const CANCELLED_WITHIN: Duration = Duration::from_secs(5);
/// When to try again if another model is being verified, in seconds.
const VERIFYING_FOR_S: u32 = 10;

/// The folder, or the innermost folder above it that exists. The folder of the models may not exist before the first
/// download.
fn existing(mut folder: PathBuf) -> PathBuf {
    while matches!(folder.try_exists(), Ok(false)) && folder.pop() {}
    folder
}

/// The models of the catalogue, their files and their downloads.
pub(crate) struct Library {
    shared: Arc<Shared>,
    /// The latest download of each model since the start, by catalogue name.
    downloads: Mutex<HashMap<String, DownloadHandle>>,
    /// Models that the catalogue does not have yet.
    adding: Adding,
    /// One permit, because a verification loads its model a second time.
    verifying: Arc<Semaphore>,
    tasks: TaskTracker,
    /// The runtime that outlives the server's own threads.
    runtime: Handle,
}

impl Library {
    /// To be called on the runtime that downloads shall run on.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            downloads: Mutex::default(),
            adding: Adding::default(),
            verifying: Arc::new(Semaphore::new(1)),
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    /// Cancels all downloads and waits until their bytes are written.
    pub(crate) async fn stop(&self) {
        // The engine's token is cancelled, so no download begins after this. Earlier ones are in the list.
        self.tasks.close();
        for running in self.downloads().values() {
            running.cancel();
        }
        self.tasks.wait().await;
    }

    /// The catalogue's name of a model. A name that is longer than all of these is refused at once.
    fn resolve(&self, name: &str) -> Result<String, EngineError> {
        if let Some(beginning) = models::too_long(name) {
            let unknown = format!("there is no model `{beginning}`");
            return Err(LibraryError::Unknown(unknown).into());
        }
        if self.adding.request(name).is_some() {
            return Ok(name.to_owned());
        }
        Ok(self.shared.library.resolve(name)?)
    }

    pub(crate) async fn fetch_model(&self, name: &str) -> Result<Download, EngineError> {
        let name = self.resolve(name)?;
        if let Some(running) = self.running_download(&name) {
            return Ok(running);
        }
        if let Some(request) = self.adding.request(&name) {
            return Ok(self.add_model(request).await?.1);
        }
        let disk = self.disk();
        disk.check(WriteKind::New, 0)?;
        let (library, asked) = (Arc::clone(&self.shared.library), name.clone());
        run_blocking("looking for a source", move || library.can_fetch(&asked)).await??;
        let (library, asked) = (Arc::clone(&self.shared.library), name.clone());
        let fetch = |control| async move { library.fetch(&asked, control).await };
        self.begin(name, disk, fetch, |_here| {})
    }

    /// The disk that the models lie on.
    fn disk(&self) -> DiskReserve {
        self.shared.disk.of(&existing(self.shared.library.folder()))
    }

    /// Begins a download, unless one of the model runs. `ended` is told whether its files are here.
    fn begin<Fetching>(
        &self,
        name: String,
        disk: DiskReserve,
        fetch: impl FnOnce(FetchControl) -> Fetching + Send + 'static,
        ended: impl FnOnce(bool) + Send + 'static,
    ) -> Result<Download, EngineError>
    where
        Fetching: Future<Output = Result<(), LibraryError>> + Send + 'static,
    {
        let mut downloads = self.downloads();
        if let Some(running) = downloads.get(&name).filter(|known| known.is_running()) {
            return Ok(running.now());
        }
        let busy = downloads.values().filter(|known| known.is_running());
        if busy.count() >= MOST_DOWNLOADS {
            return Err(EngineError::TooManyDownloads {
                limit: MOST_DOWNLOADS,
            });
        }
        if self.shared.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let (running, work) = download::begin(name.clone(), disk, fetch);
        let now = running.now();
        downloads.insert(name, running);
        let shared = Arc::clone(&self.shared);
        let fetching = async move {
            let here = work.await;
            ended(here);
            if here {
                shared.models.look_for_chats_again();
                shared.embedders_due.notify_one();
                tokio::spawn(warm_up(shared));
            }
        };
        // Not a child of the request's span, which would stay open for as long as the download takes.
        let request_id = origin::request_id();
        let span =
            tracing::error_span!(parent: None, "download", request_id = request_id.as_deref());
        span.follows_from(tracing::Span::current());
        self.tasks
            .spawn_on(fetching.instrument(span), &self.runtime);
        Ok(now)
    }

    pub(crate) fn download_events(&self, name: &str) -> Result<DownloadEvents, EngineError> {
        let name = self.resolve(name)?;
        let downloads = self.downloads();
        let known = downloads.get(&name);
        known
            .map(DownloadHandle::events)
            .ok_or(EngineError::NoDownload(name))
    }

    pub(crate) async fn cancel_download(&self, name: &str) -> Result<(), EngineError> {
        let name = self.resolve(name)?;
        let ended = self.downloads().get(&name).map(|running| {
            running.cancel();
            running.ended()
        });
        if let Some(ended) = ended
            && tokio::time::timeout(CANCELLED_WITHIN, ended).await.is_err()
        {
            tracing::debug!(model = name, "a cancelled download takes long to end");
        }
        Ok(())
    }

    pub(crate) async fn verify_model(&self, name: &str) -> Result<Verification, EngineError> {
        let name = self.resolve(name)?;
        let permit = Arc::clone(&self.verifying).try_acquire_owned();
        let permit = permit.map_err(|_taken| EngineError::Overloaded {
            retry_after_s: VERIFYING_FOR_S,
        })?;
        let library = Arc::clone(&self.shared.library);
        let verify = move || {
            // Held by the work itself, which goes on when the caller has gone.
            let _permit = permit;
            let verified = library.verify(&name);
            if let Err(LibraryError::Model(ModelError::Failed { model, message })) = &verified {
                tracing::warn!(model, message, "a model did not pass its verification");
            }
            verified
        };
        Ok(run_blocking("verifying a model", verify).await??)
    }

    fn running_download(&self, name: &str) -> Option<Download> {
        let downloads = self.downloads();
        let known = downloads.get(name).filter(|known| known.is_running());
        known.map(DownloadHandle::now)
    }

    fn downloads(&self) -> MutexGuard<'_, HashMap<String, DownloadHandle>> {
        // No code that can panic runs under the lock.
        self.downloads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
