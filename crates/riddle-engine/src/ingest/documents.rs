use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use riddle_core::{
    CuratedChunk, Document, DocumentEvent, DocumentId, DocumentPage, DocumentQuery, DocumentStatus,
};
use tokio::sync::broadcast::error::RecvError;

use crate::blocking::run_blocking;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ingest::BlobState;
use crate::ingest::point::IngestPoint;
use crate::ingest::progress::event;
use crate::ingest::{purge, wait_for_position};
use crate::origin;
use crate::paging::check_limit;

/// How long a deletion waits for the indexes before the caller is told to ask again.
const DELETE_WAIT: Duration = Duration::from_secs(30);
const ALL_STATUSES: [DocumentStatus; 6] = [
    DocumentStatus::Queued,
    DocumentStatus::Parsing,
    DocumentStatus::Embedding,
    DocumentStatus::Indexing,
    DocumentStatus::Ready,
    DocumentStatus::Failed,
];

/// The original bytes of a document.
#[derive(Clone, PartialEq, Debug)]
pub struct DocumentContent {
    /// File to read them from. Never shown to users.
    pub path: PathBuf,
    /// Name to offer.
    pub name: String,
    /// Media type as far as known.
    pub media_type: Option<String>,
    /// Size.
    pub bytes: u64,
}

impl Engine {
    /// A page of documents, newest first.
    ///
    /// # Errors
    /// No such knowledge base, a limit out of bounds, or a cursor that is not ours.
    pub async fn list_documents(
        &self,
        knowledge_base: &str,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, EngineError> {
        check_limit(query.limit)?;
        let knowledge_base = self.find_knowledge_base(knowledge_base).await?;
        let mut page = self
            .inner
            .store
            .list_documents(knowledge_base.id, query)
            .await?;
        for document in &mut page.documents {
            self.inner.ingest.progress.overlay(document);
        }
        Ok(page)
    }

    /// How many documents are in each status, all knowledge bases together; every status is there.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_documents(&self) -> Result<Vec<(DocumentStatus, u64)>, EngineError> {
        let mut totals = ALL_STATUSES.map(|status| (status, 0));
        for summary in self.inner.store.list_knowledge_bases().await? {
            let counts = self
                .inner
                .store
                .count_documents(summary.knowledge_base.id)
                .await?;
            for (status, count) in counts {
                if let Some(total) = totals.iter_mut().find(|(known, _)| *known == status) {
                    total.1 += count;
                }
            }
        }
        Ok(totals.to_vec())
    }

    /// One document.
    ///
    /// # Errors
    /// There is none.
    pub async fn document(&self, id: DocumentId) -> Result<Document, EngineError> {
        let found = self.inner.store.lookup_document(id).await?;
        let mut document = found.ok_or_else(|| EngineError::DocumentNotFound(id.to_string()))?;
        self.inner.ingest.progress.overlay(&mut document);
        Ok(document)
    }

    /// Deletes a document; returns when a search proves that it is gone.
    ///
    /// # Errors
    /// There is none, the indexes did not confirm in time, or a store failed.
    pub async fn delete_document(&self, id: DocumentId) -> Result<(), EngineError> {
        let inner = &self.inner;
        let deleted = inner.store.delete_document(id, inner.clock.now()).await?;
        let sequence = deleted.ok_or_else(|| EngineError::DocumentNotFound(id.to_string()))?;
        inner.ingest.probe.reached(IngestPoint::DeleteCommitted);
        inner.ingest.progress.forget(id);
        if !wait_for_position(inner, sequence, DELETE_WAIT).await || self.index_contains(id).await?
        {
            return Err(EngineError::DeletionPending { retry_after_s: 5 });
        }
        purge(inner, sequence).await
    }

    /// Queues a failed document again.
    ///
    /// # Errors
    /// There is none, or it has not failed.
    pub async fn retry_document(&self, id: DocumentId) -> Result<Document, EngineError> {
        let document = self.document(id).await?;
        if document.failure.is_none() {
            return Err(EngineError::unacceptable(
                "only a failed document can be retried; to process it anew, delete it and add it again",
            ));
        }
        self.inner
            .store
            .requeue_document(id, self.inner.clock.now())
            .await?;
        self.inner.ingest.origins.note(id, origin::request_id());
        self.inner.ingest.job_queued.notify_one();
        self.document(id).await
    }

    /// Live chunks of a document, in order, disabled ones included.
    ///
    /// # Errors
    /// There is no such document, or the limit is out of bounds.
    pub async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
    ) -> Result<Vec<CuratedChunk>, EngineError> {
        check_limit(limit)?;
        self.document(id).await?;
        Ok(self
            .inner
            .store
            .document_chunks(id, from_ordinal, limit, self.inner.index.position())
            .await?)
    }

    /// Where the original lies, which has been read and is what was uploaded.
    ///
    /// # Errors
    /// There is no such document, or its original is damaged or missing.
    pub async fn document_content(&self, id: DocumentId) -> Result<DocumentContent, EngineError> {
        let document = self.document(id).await?;
        let (blobs, hash) = (Arc::clone(&self.inner), document.sha256);
        let read = move || blobs.ingest.blobs.state(hash);
        let state = run_blocking("reading an original", read).await??;
        if state != BlobState::Sound {
            tracing::error!(document = %id, ?state, "an original is not what was uploaded");
            return Err(EngineError::DamagedOriginal(id));
        }
        Ok(DocumentContent {
            path: self.inner.ingest.blobs.path(document.sha256),
            name: document.name,
            media_type: document.media_type,
            bytes: document.bytes,
        })
    }

    /// The document's progress from now on, starting with where it stands, ending when it is ready, failed or deleted.
    ///
    /// # Errors
    /// There is no such document.
    pub async fn document_events(
        &self,
        id: DocumentId,
    ) -> Result<BoxStream<'static, DocumentEvent>, EngineError> {
        // Listening starts before the state is read, so that no step falls between the two.
        let listener = self.inner.ingest.progress.listen();
        let first = event(&self.document(id).await?);
        let state = EventState {
            engine: self.clone(),
            id,
            listener,
            next: Some(first),
            ended: false,
        };
        Ok(Box::pin(futures_util::stream::unfold(state, next_event)))
    }

    async fn index_contains(&self, id: DocumentId) -> Result<bool, EngineError> {
        let index = self.inner.index.clone();
        Ok(run_blocking("reading the indexes", move || index.contains_document(id)).await??)
    }
}

struct EventState {
    engine: Engine,
    id: DocumentId,
    listener: tokio::sync::broadcast::Receiver<DocumentEvent>,
    next: Option<DocumentEvent>,
    ended: bool,
}

/// How often a listener looks at the document itself: a deletion sends no event.
const EVENT_CHECK: Duration = Duration::from_secs(2);

async fn next_event(mut state: EventState) -> Option<(DocumentEvent, EventState)> {
    if state.ended {
        return None;
    }
    let event = match state.next.take() {
        Some(first) => first,
        None => wait_for_event(&mut state).await?,
    };
    state.ended = event.status.is_final();
    Some((event, state))
}

async fn wait_for_event(state: &mut EventState) -> Option<DocumentEvent> {
    loop {
        match tokio::time::timeout(EVENT_CHECK, state.listener.recv()).await {
            Ok(Ok(event)) if event.document == state.id => return Some(event),
            Ok(Ok(_of_another)) => {}
            Ok(Err(RecvError::Closed)) => return None,
            Ok(Err(RecvError::Lagged(_))) | Err(_) => {
                let document = state.engine.document(state.id).await.ok()?;
                if document.status.is_final() {
                    return Some(event(&document));
                }
            }
        }
    }
}
