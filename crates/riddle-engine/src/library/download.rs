use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream;
use riddle_core::{FetchControl, FetchProgress, LibraryError, error_chain};
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::disk::{DiskReserve, WriteKind};
use crate::error::{EngineError, InternalCause};

/// Pause between two events of a download, as people read no faster.
const EVENT_EVERY: Duration = Duration::from_millis(250);

/// The state of a download.
#[derive(Clone, PartialEq, Debug)]
pub struct Download {
    pub state: DownloadState,
    /// The file that is being fetched, or was when the download ended early.
    pub file: Option<String>,
    /// Bytes of the file that are here.
    pub done_bytes: u64,
    /// Its length, if known.
    pub total_bytes: Option<u64>,
    /// Why it failed.
    pub error: Option<LibraryError>,
}

/// How a download stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DownloadState {
    Running,
    /// All files are here.
    Done,
    /// It failed; the error says why.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// The states of a download, to its end.
pub type DownloadEvents = Pin<Box<dyn Stream<Item = Download> + Send>>;

/// A download that runs or has run.
pub(super) struct DownloadHandle {
    now: watch::Receiver<Download>,
    cancel: CancellationToken,
}

/// A download and its work. The caller runs the work, which returns whether the files are here.
pub(super) fn begin<Fetching>(
    name: String,
    disk: DiskReserve,
    fetch: impl FnOnce(FetchControl) -> Fetching + Send + 'static,
) -> (DownloadHandle, impl Future<Output = bool> + Send + 'static)
where
    Fetching: Future<Output = Result<(), LibraryError>> + Send + 'static,
{
    let (sender, now) = watch::channel(Download::begun());
    let cancel = CancellationToken::new();
    let running = DownloadHandle {
        now,
        cancel: cancel.clone(),
    };
    let work = async move {
        let full = Arc::new(Mutex::new(None));
        let control = control(&sender, cancel, disk, &full);
        // In a task of its own, so that its readers see the end of the download after a panic too.
        let fetched = tokio::spawn(fetch(control).in_current_span()).await;
        let fetched = fetched.unwrap_or_else(|broken_off| Err(broken(&name, broken_off)));
        let full = full.lock().unwrap_or_else(PoisonError::into_inner).take();
        let fetched = match (fetched, full) {
            (Err(LibraryError::Cancelled { .. }), Some(full)) => {
                Err(LibraryError::Disk(full.to_string()))
            }
            (fetched, _) => fetched,
        };
        log_end(&name, &fetched);
        let here = fetched.is_ok();
        sender.send_modify(|download| download.ended(fetched));
        here
    };
    (running, work)
}

/// Shows how far the download is, and ends it where the disk has no room for the rest, which is left in `full`.
fn control(
    sender: &watch::Sender<Download>,
    cancel: CancellationToken,
    disk: DiskReserve,
    full: &Arc<Mutex<Option<EngineError>>>,
) -> FetchControl {
    let (told, found_full, ending) = (sender.clone(), Arc::clone(full), cancel.clone());
    FetchControl {
        progress: Arc::new(move |step| {
            let missing = step.total.unwrap_or(0).saturating_sub(step.received);
            if let Err(error) = disk.check(WriteKind::New, missing) {
                *found_full.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                ending.cancel();
            }
            told.send_modify(|download| download.moved_on(step));
        }),
        cancelled: Box::pin(cancel.cancelled_owned()),
    }
}

/// Logs a panic, and says what a reader of the download may know of it.
fn broken(name: &str, broken_off: JoinError) -> LibraryError {
    let cause = InternalCause::of_task(broken_off);
    let error = EngineError::internal("fetching a model", cause);
    tracing::error!(
        model = name,
        error = error_chain(&error),
        "a download broke off"
    );
    LibraryError::Source(format!(
        "fetching `{name}` ended unexpectedly; the server's log says why, fetch it again to go on"
    ))
}

fn log_end(name: &str, fetched: &Result<(), LibraryError>) {
    match fetched {
        Ok(()) => tracing::info!(model = name, "a model was fetched"),
        Err(LibraryError::Cancelled { .. }) => {
            tracing::info!(model = name, "fetching a model was cancelled");
        }
        Err(error) => tracing::warn!(model = name, %error, "a model was not fetched"),
    }
}

impl DownloadHandle {
    pub(super) fn now(&self) -> Download {
        self.now.borrow().clone()
    }

    pub(super) fn is_running(&self) -> bool {
        self.now.borrow().is_running()
    }

    pub(super) fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits for the end of the download.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut now = self.now.clone();
        async move {
            // The sender is dropped only after the end.
            let _ = now.wait_for(|download| !download.is_running()).await;
        }
    }

    pub(super) fn events(&self) -> DownloadEvents {
        let begun = Some((self.now.clone(), None));
        Box::pin(stream::unfold(begun, |following| async move {
            let (mut now, told) = following?;
            let next = next(&mut now, told).await;
            let rest = next.is_running().then(|| (now, Some(next.clone())));
            Some((next, rest))
        }))
    }
}

/// The next state after `told`. The first and the last one come at once, the others after a pause.
async fn next(now: &mut watch::Receiver<Download>, told: Option<Download>) -> Download {
    let Some(told) = told else {
        return now.borrow().clone();
    };
    loop {
        let ended = now.wait_for(|download| !download.is_running());
        if let Ok(Ok(end)) = tokio::time::timeout(EVENT_EVERY, ended).await {
            return end.clone();
        }
        let current = now.borrow().clone();
        if current != told {
            return current;
        }
    }
}

impl Download {
    fn begun() -> Self {
        Self {
            state: DownloadState::Running,
            file: None,
            done_bytes: 0,
            total_bytes: None,
            error: None,
        }
    }

    pub fn is_running(&self) -> bool {
        self.state == DownloadState::Running
    }

    fn moved_on(&mut self, step: FetchProgress) {
        self.file = Some(step.file);
        self.done_bytes = step.received;
        self.total_bytes = step.total;
    }

    fn ended(&mut self, fetched: Result<(), LibraryError>) {
        match fetched {
            Ok(()) => self.state = DownloadState::Done,
            Err(LibraryError::Cancelled { .. }) => self.state = DownloadState::Cancelled,
            Err(error) => {
                self.state = DownloadState::Failed;
                self.error = Some(error);
            }
        }
    }
}

impl DownloadState {
    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
