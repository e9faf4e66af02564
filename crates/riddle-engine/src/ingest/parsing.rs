//! Whether the text that is being read is still wanted, how far that is, and whether others may be parsed meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use riddle_core::{ClaimedJob, DocumentId, ExtractionWatch, PagesRead};
use tokio::sync::OwnedSemaphorePermit;

use crate::ingest::Ingest;
use crate::ingest::places::Lane;

/// How often the store is asked whether a document is still there as it was.
const LOOK: Duration = Duration::from_secs(1);

/// Watches over the parsing of one document.
pub(crate) struct Parsing {
    ingest: Arc<Ingest>,
    document: DocumentId,
    lane: Lane,
    /// One of the documents that are parsed at once, until its pictures are read: that takes long.
    permit: Mutex<Option<OwnedSemaphorePermit>>,
    gone: AtomicBool,
}

impl Parsing {
    pub(crate) fn new(
        ingest: &Arc<Ingest>,
        document: DocumentId,
        lane: Lane,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            ingest: Arc::clone(ingest),
            document,
            lane,
            permit: Mutex::new(Some(permit)),
            gone: AtomicBool::new(false),
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
        !self.gone.load(Ordering::Relaxed) && !self.ingest.shared.stopping.is_cancelled()
    }

    fn pictures_begin(&self) -> bool {
        self.end();
        self.lane == Lane::Pictures
    }

    fn pages_read(&self, pages: PagesRead) {
        self.ingest.progress.pages_read(self.document, pages);
    }
}
