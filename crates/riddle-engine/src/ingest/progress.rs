use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use riddle_core::{Document, DocumentEvent, DocumentId, DocumentStatus, PagesRead};
use tokio::sync::broadcast;

/// Share of the work that is done before the first page that is a picture is read, and after the last. Reading them
/// takes most of the time.
const PICTURES: (f32, f32) = (0.05, 0.8);
/// Events that are kept for a slow listener. One that falls further behind reads the document again.
const EVENT_CAPACITY: usize = 1_024;

/// How far the documents in work are. It is in memory alone, because a transaction for each step would cost more than
/// the step. The database has what must survive.
pub(crate) struct Progress {
    in_work: Mutex<HashMap<DocumentId, Step>>,
    events: broadcast::Sender<DocumentEvent>,
}

#[derive(Clone, Copy)]
struct Step {
    status: DocumentStatus,
    progress: f32,
    pages_read: Option<PagesRead>,
    chunk_count: u32,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            in_work: Mutex::default(),
            events: broadcast::Sender::new(EVENT_CAPACITY),
        }
    }

    /// Records a step and tells the listeners.
    pub(crate) fn step(
        &self,
        document: DocumentId,
        status: DocumentStatus,
        progress: f32,
        chunk_count: u32,
    ) {
        self.advance(
            document,
            Step {
                status,
                progress,
                pages_read: None,
                chunk_count,
            },
        );
    }

    /// Records how far the pictures of a document are read, and tells the listeners.
    pub(crate) fn pages_read(&self, document: DocumentId, pages: PagesRead) {
        let share = pages.read as f32 / pages.total.max(1) as f32;
        let (from, to) = PICTURES;
        self.advance(
            document,
            Step {
                status: DocumentStatus::Parsing,
                progress: from + (to - from) * share.min(1.0),
                pages_read: Some(pages),
                chunk_count: 0,
            },
        );
    }

    /// Work that is done stays done, however the stages divide it.
    fn advance(&self, document: DocumentId, mut step: Step) {
        let mut in_work = self.lock();
        if let Some(before) = in_work.get(&document) {
            step.progress = step.progress.max(before.progress);
        }
        in_work.insert(document, step);
        drop(in_work);
        // Usually nobody listens.
        let _ = self.events.send(DocumentEvent {
            document,
            status: step.status,
            progress: step.progress,
            pages_read: step.pages_read,
            chunk_count: step.chunk_count,
            failure: None,
        });
    }

    /// Forgets a document that is no longer in work, and sends its state in the database to the listeners.
    pub(crate) fn settle(&self, document: &Document) {
        self.forget(document.id);
        // Usually nobody listens.
        let _ = self.events.send(event(document));
    }

    /// Forgets a document without an event.
    pub(crate) fn forget(&self, document: DocumentId) {
        self.lock().remove(&document);
    }

    /// Adds the progress to a document from the database.
    pub(crate) fn overlay(&self, document: &mut Document) {
        if let Some(step) = self.lock().get(&document.id)
            && !document.status.is_final()
        {
            document.status = step.status;
            document.progress = step.progress;
            document.pages_read = step.pages_read;
            document.chunk_count = document.chunk_count.max(step.chunk_count);
        }
    }

    /// All events from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<DocumentEvent> {
        self.events.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Step>> {
        // No code that can panic runs under the lock.
        self.in_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The event that says where a document stands.
pub(crate) fn event(document: &Document) -> DocumentEvent {
    DocumentEvent {
        document: document.id,
        status: document.status,
        progress: document.progress,
        pages_read: document.pages_read,
        chunk_count: document.chunk_count,
        failure: document.failure.clone(),
    }
}
