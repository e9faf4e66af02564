use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use riddle_core::{
    CuratedChunk, Document, DocumentEvent, DocumentId, DocumentPage, DocumentQuery, DocumentStatus,
    name_part,
};
use tokio::sync::broadcast::error::RecvError;

use crate::blobs::BlobState;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::point::IngestPoint;
use crate::ingest::progress::event;
use crate::origin;
use crate::paging::check_limit;

/// How long a deletion waits for the indexes before the caller is told to ask again.
const DELETE_WAIT: Duration = Duration::from_secs(30);
/// Passages of a page that anyone may read at any time.
const USUAL_PASSAGES: u32 = 100;
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

impl Ingest {
    pub(crate) async fn list_documents(
        &self,
        knowledge_base: &str,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, EngineError> {
        check_limit(query.limit)?;
        let knowledge_base = self.shared.find_knowledge_base(knowledge_base).await?;
        let query = DocumentQuery {
            name_contains: query.name_contains.as_deref().map(name_part),
            ..query.clone()
        };
        let listed = self.shared.store.list_documents(knowledge_base.id, &query);
        let mut page = listed.await?;
        for document in &mut page.documents {
            self.progress.overlay(document);
        }
        Ok(page)
    }

    pub(crate) async fn count_documents(&self) -> Result<Vec<(DocumentStatus, u64)>, EngineError> {
        let mut totals = ALL_STATUSES.map(|status| (status, 0));
        for summary in self.shared.store.list_knowledge_bases().await? {
            let counts = self
                .shared
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

    pub(crate) async fn document(&self, id: DocumentId) -> Result<Document, EngineError> {
        let found = self.shared.store.lookup_document(id).await?;
        let mut document = found.ok_or_else(|| EngineError::DocumentNotFound(id.to_string()))?;
        self.progress.overlay(&mut document);
        Ok(document)
    }

    pub(crate) async fn delete_document(
        self: &Arc<Self>,
        id: DocumentId,
    ) -> Result<(), EngineError> {
        let shared = &self.shared;
        let deleted = shared.store.delete_document(id, shared.clock.now());
        let deleted = deleted.await?;
        let sequence = deleted.ok_or_else(|| EngineError::DocumentNotFound(id.to_string()))?;
        self.probe.reached(IngestPoint::DeleteCommitted);
        self.progress.forget(id);
        let reached = self.shared.index_progress.wait_for(sequence, DELETE_WAIT);
        if !reached.await || self.index_contains(id).await? {
            return Err(EngineError::DeletionPending { retry_after_s: 5 });
        }
        self.purge(sequence).await
    }

    pub(crate) async fn retry_document(
        &self,
        id: DocumentId,
        discard_edits: bool,
    ) -> Result<Document, EngineError> {
        let document = self.document(id).await?;
        if !matches!(
            document.status,
            DocumentStatus::Failed | DocumentStatus::Ready
        ) {
            return Err(EngineError::unacceptable(
                "this document is in work already; wait until it is ready or has failed",
            ));
        }
        if !discard_edits && self.shared.store.has_changed_chunks(id).await? {
            return Err(EngineError::invalid_as(
                "discard_edits",
                "passages of this document were edited or switched off, and processing it anew makes others of them; \
                 to give the edits up, ask again with discard_edits=true",
            ));
        }
        self.check_pictures(&document)?;
        self.shared
            .store
            .requeue_document(id, origin::request_id().as_deref(), self.shared.clock.now())
            .await?;
        self.job_queued.notify_one();
        self.document(id).await
    }

    /// Refuses to process a document anew where less of it would be read than before.
    pub(super) fn check_pictures(&self, document: &Document) -> Result<(), EngineError> {
        if document.live_generation.is_none() || document.findings.recognised_pages.is_empty() {
            return Ok(());
        }
        let readable = self.extractor.reads_pictures();
        readable.map_err(|how| EngineError::OcrAbsent { how })
    }

    pub(crate) async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
    ) -> Result<Vec<CuratedChunk>, EngineError> {
        check_limit(limit)?;
        // So many passages may be as much work as a search.
        let long = limit > USUAL_PASSAGES;
        let _permit = long.then(|| self.shared.query_permit()).transpose()?;
        self.document(id).await?;
        Ok(self
            .shared
            .store
            .document_chunks(id, from_ordinal, limit, self.shared.index.position())
            .await?)
    }

    pub(crate) async fn document_content(
        &self,
        id: DocumentId,
    ) -> Result<DocumentContent, EngineError> {
        let document = self.document(id).await?;
        let (shared, hash) = (Arc::clone(&self.shared), document.sha256);
        let read = move || shared.blobs.state(hash);
        let state = run_blocking("reading an original", read).await??;
        if state != BlobState::Sound {
            tracing::error!(document = %id, ?state, "an original is not what was uploaded");
            return Err(EngineError::DamagedOriginal(id));
        }
        Ok(DocumentContent {
            path: self.shared.blobs.path(document.sha256),
            name: document.name,
            media_type: document.media_type,
            bytes: document.bytes,
        })
    }

    pub(crate) async fn document_events(
        self: &Arc<Self>,
        id: DocumentId,
    ) -> Result<BoxStream<'static, DocumentEvent>, EngineError> {
        // Listening starts before the state is read, so that no step is missed in between.
        let listener = self.progress.listen();
        let first = event(&self.document(id).await?);
        let state = EventState {
            ingest: Arc::clone(self),
            id,
            listener,
            next: Some(first),
            ended: false,
        };
        Ok(Box::pin(futures_util::stream::unfold(state, next_event)))
    }

    async fn index_contains(&self, id: DocumentId) -> Result<bool, EngineError> {
        let index = self.shared.index.clone();
        Ok(run_blocking("reading the indexes", move || index.contains_document(id)).await??)
    }
}

struct EventState {
    ingest: Arc<Ingest>,
    id: DocumentId,
    listener: tokio::sync::broadcast::Receiver<DocumentEvent>,
    next: Option<DocumentEvent>,
    ended: bool,
}

/// How often a listener reads the document itself, because a deletion sends no event.
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
                let document = state.ingest.document(state.id).await.ok()?;
                if document.status.is_final() {
                    return Some(event(&document));
                }
            }
        }
    }
}
