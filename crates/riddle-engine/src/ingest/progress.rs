use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use riddle_core::{Document, DocumentEvent, DocumentId, DocumentStatus};
use tokio::sync::broadcast;

/// Events kept for a slow listener; one that falls further behind reads the document again.
const EVENT_CAPACITY: usize = 1_024;

/// How far the documents in work are. It lives in memory: the database records what must survive,
/// and a transaction for each step would cost more than the step.
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
        // Nobody listening is the usual case, not an error.
        let _ = self.events.send(DocumentEvent {
            document,
            status,
            progress,
            chunk_count,
            failure: None,
        });
    }

    /// Forgets a document whose state in the database is the truth again, and tells the listeners that state.
    pub(crate) fn settle(&self, document: &Document) {
        self.forget(document.id);
        // As above.
        let _ = self.events.send(event(document));
    }

    /// Forgets a document without a word.
    pub(crate) fn forget(&self, document: DocumentId) {
        self.lock().remove(&document);
    }

    /// Adds what is known here to what the database says.
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
        // Nothing under the lock can panic half-way through a change.
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
