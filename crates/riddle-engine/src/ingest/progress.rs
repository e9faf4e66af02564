use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use riddle_core::{Document, DocumentEvent, DocumentId, DocumentStatus};
use tokio::sync::broadcast;

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
        self.lock().insert(
            document,
            Step {
                status,
                progress,
                chunk_count,
            },
        );
        // Usually nobody listens.
        let _ = self.events.send(DocumentEvent {
            document,
            status,
            progress,
            chunk_count,
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
        chunk_count: document.chunk_count,
        failure: document.failure.clone(),
    }
}
