//! The models that are known by name: what is here, what runs, fetching and verifying.

mod download;
mod listing;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use riddle_core::{LibraryError, ModelError, ModelLibrary, Verification};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

pub use download::{Download, DownloadEvents, DownloadState};
pub use listing::{Library, LibraryModel, LibraryModelState};

use crate::blocking::run_blocking;
use crate::disk::Writing;
use crate::engine::{Engine, Inner, warm_up};
use crate::error::EngineError;
use crate::origin;
use download::Running;

/// Downloads at the same time: more of them would share one line.
const MOST_DOWNLOADS: usize = 3;
/// How long a cancellation waits for the download's end. What is written at its end takes no longer, and an answer
/// that comes before it is only less fresh.
const CANCELLED_WITHIN: Duration = Duration::from_secs(5);
/// When to try again where another model is being verified, in seconds.
const VERIFYING_FOR_S: u32 = 10;

/// What the use cases of the library share.
pub(crate) struct LibraryState {
    pub(crate) library: Arc<dyn ModelLibrary>,
    /// The latest download of each model since the start, by catalogue name.
    downloads: Mutex<HashMap<String, Running>>,
    /// One permit: a verification loads its model once more.
    verifying: Arc<Semaphore>,
    tasks: TaskTracker,
    /// The runtime that outlives the server's own threads.
    runtime: Handle,
}

impl LibraryState {
    /// To be called on the runtime that downloads shall run on.
    pub(crate) fn new(library: Arc<dyn ModelLibrary>) -> Self {
        Self {
            library,
            downloads: Mutex::default(),
            verifying: Arc::new(Semaphore::new(1)),
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    fn downloads(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        // Nothing under the lock can panic half-way through a change.
        self.downloads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder, or the innermost one above it that is there: the folder of the models may be made by the first download.
fn existing(mut folder: PathBuf) -> PathBuf {
    while matches!(folder.try_exists(), Ok(false)) && folder.pop() {}
    folder
}

/// Ends all downloads and waits until what has come is written.
pub(crate) async fn stop(inner: &Inner) {
    // The engine's token is cancelled: a download that is begun from now on is refused, one begun before is in the
    // list.
    inner.library.tasks.close();
    for running in inner.library.downloads().values() {
        running.cancel();
    }
    inner.library.tasks.wait().await;
}

impl Engine {
    /// Begins to fetch a model, or finds the download that runs.
    ///
    /// # Errors
    /// The name is unknown, the server is offline, the disk has too little room, or too many downloads run.
    pub async fn fetch_model(&self, name: &str) -> Result<Download, EngineError> {
        let state = &self.inner.library;
        let name = state.library.resolve(name)?;
        if let Some(running) = self.running_download(&name) {
            return Ok(running);
        }
        let disk = self.inner.disk.of(&existing(state.library.folder()));
        disk.check(Writing::New, 0)?;
        let (library, asked) = (Arc::clone(&state.library), name.clone());
        run_blocking("looking for a source", move || library.can_fetch(&asked)).await??;
        let mut downloads = state.downloads();
        if let Some(running) = downloads.get(&name).filter(|known| known.is_running()) {
            return Ok(running.now());
        }
        let busy = downloads.values().filter(|known| known.is_running());
        if busy.count() >= MOST_DOWNLOADS {
            return Err(EngineError::TooManyDownloads {
                limit: MOST_DOWNLOADS,
            });
        }
        if self.inner.stopping.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        let (running, work) = download::begin(Arc::clone(&state.library), name.clone(), disk);
        let now = running.now();
        downloads.insert(name, running);
        let inner = Arc::clone(&self.inner);
        let fetching = async move {
            if work.await {
                inner.models.look_for_chat_again();
                tokio::spawn(warm_up(inner));
            }
        };
        // Not a child of the request's span, which would stay open for as long as the download takes.
        let request_id = origin::request_id();
        let span =
            tracing::error_span!(parent: None, "download", request_id = request_id.as_deref());
        span.follows_from(tracing::Span::current());
        state
            .tasks
            .spawn_on(fetching.instrument(span), &state.runtime);
        Ok(now)
    }

    /// The latest download of a model since the start, from now to its end.
    ///
    /// # Errors
    /// The name is unknown, or there was no download.
    pub fn download_events(&self, name: &str) -> Result<DownloadEvents, EngineError> {
        let state = &self.inner.library;
        let name = state.library.resolve(name)?;
        let downloads = state.downloads();
        let known = downloads.get(&name);
        known
            .map(Running::events)
            .ok_or(EngineError::NoDownload(name))
    }

    /// Ends the download of a model if one runs. What has come stays, so that a later one goes on from there.
    ///
    /// # Errors
    /// The name is unknown.
    pub async fn cancel_download(&self, name: &str) -> Result<(), EngineError> {
        let state = &self.inner.library;
        let name = state.library.resolve(name)?;
        let ended = state.downloads().get(&name).map(|running| {
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

    /// Looks into the files of a model, loads it once more and compares its scores with the published ones.
    ///
    /// # Errors
    /// The name is unknown, files are absent or in use, another model is being verified, or it cannot be loaded.
    pub async fn verify_model(&self, name: &str) -> Result<Verification, EngineError> {
        let state = &self.inner.library;
        let name = state.library.resolve(name)?;
        let permit = Arc::clone(&state.verifying).try_acquire_owned();
        let permit = permit.map_err(|_taken| EngineError::Overloaded {
            retry_after_s: VERIFYING_FOR_S,
        })?;
        let library = Arc::clone(&state.library);
        let verify = move || {
            // The permit is given back by the work itself: a caller that goes does not end it.
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
        let downloads = self.inner.library.downloads();
        let known = downloads.get(name).filter(|known| known.is_running());
        known.map(Running::now)
    }
}
