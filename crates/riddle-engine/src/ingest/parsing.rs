//! Whether the text that is being read is still wanted, and whether others may be parsed meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use riddle_core::{ClaimedJob, ExtractionWatch};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use crate::ingest::Ingest;

/// How often the store is asked whether a document is still there as it was.
const LOOK: Duration = Duration::from_secs(1);

/// Watches over the parsing of one document.
pub(crate) struct Parsing {
    /// One of the documents that are parsed at once, until its pictures are read: that takes long.
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    gone: AtomicBool,
    stopping: CancellationToken,
}

impl Parsing {
    pub(crate) fn new(permit: OwnedSemaphorePermit, stopping: CancellationToken) -> Self {
        Self {
            permit: Mutex::new(Some(permit)),
            gone: AtomicBool::new(false),
            stopping,
        }
    }

    /// Waits until the document is deleted or replaced, and says so to whoever reads it. Never ends otherwise.
    pub(crate) async fn until_gone(&self, ingest: &Ingest, job: &ClaimedJob) {
        loop {
            tokio::time::sleep(LOOK).await;
            let found = ingest.shared.store.lookup_document(job.document.id).await;
            // A store that fails for the moment says nothing about the document.
            let Ok(found) = found else { continue };
            if found.is_none_or(|document| document.sha256 != job.document.sha256) {
                self.gone.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Lets the next document be parsed.
    pub(crate) fn end(&self) {
        let permit = self
            .permit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(permit);
    }
}

impl ExtractionWatch for Parsing {
    fn is_wanted(&self) -> bool {
        !self.gone.load(Ordering::Relaxed) && !self.stopping.is_cancelled()
    }

    fn pictures_begin(&self) {
        self.end();
    }
}
