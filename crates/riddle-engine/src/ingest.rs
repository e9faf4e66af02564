//! From uploaded bytes to searchable chunks.

pub(crate) mod point;

use std::path::PathBuf;

use futures_core::stream::BoxStream;
use riddle_core::{
    ChunkRecord, Document, DocumentEvent, DocumentId, DocumentPage, DocumentQuery, Metadata,
};

use crate::engine::Engine;
use crate::error::EngineError;

/// A document to add.
#[derive(Clone, PartialEq, Debug)]
pub struct Upload {
    /// Name within the knowledge base; a document of this name is replaced.
    pub name: String,
    /// As the client says; the content decides where they disagree.
    pub media_type: Option<String>,
    /// For filters.
    pub metadata: Metadata,
}

/// What adding a document did.
#[derive(Clone, PartialEq, Debug)]
pub struct Accepted {
    /// The document, durable now.
    pub document: Document,
    /// `created`, `replaced` or `unchanged`.
    pub outcome: &'static str,
}

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

/// Receives the bytes of an upload, hashing as they come. Dropped before the end, it leaves nothing behind.
pub struct UploadWriter {}

impl UploadWriter {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] past the limit; the disk failed.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        todo!("{}", bytes.len())
    }
}

pub(crate) struct IngestState {}

impl Engine {
    /// Starts receiving a document.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn begin_upload(&self) -> Result<UploadWriter, EngineError> {
        todo!()
    }

    /// Makes received bytes a durable, queued document. When this returns, a crash loses nothing.
    ///
    /// # Errors
    /// No such knowledge base, an empty or over-long name, or a store failed.
    pub async fn accept_upload(
        &self,
        knowledge_base: &str,
        upload: Upload,
        bytes: UploadWriter,
    ) -> Result<Accepted, EngineError> {
        let _ = bytes;
        todo!("{knowledge_base}{upload:?}")
    }

    /// A page of documents, newest first.
    ///
    /// # Errors
    /// No such knowledge base, or a cursor that is not ours.
    pub async fn list_documents(
        &self,
        knowledge_base: &str,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, EngineError> {
        todo!("{knowledge_base}{query:?}")
    }

    /// One document.
    ///
    /// # Errors
    /// There is none.
    pub async fn document(&self, id: DocumentId) -> Result<Document, EngineError> {
        todo!("{id}")
    }

    /// Deletes a document; returns when a search proves that it is gone.
    ///
    /// # Errors
    /// There is none, or a store failed.
    pub async fn delete_document(&self, id: DocumentId) -> Result<(), EngineError> {
        todo!("{id}")
    }

    /// Queues a failed document again.
    ///
    /// # Errors
    /// There is none.
    pub async fn retry_document(&self, id: DocumentId) -> Result<Document, EngineError> {
        todo!("{id}")
    }

    /// Live chunks of a document, in order.
    ///
    /// # Errors
    /// There is no such document.
    pub async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
    ) -> Result<Vec<ChunkRecord>, EngineError> {
        todo!("{id}{from_ordinal}{limit}")
    }

    /// Where the original lies.
    ///
    /// # Errors
    /// There is no such document.
    pub async fn document_content(&self, id: DocumentId) -> Result<DocumentContent, EngineError> {
        todo!("{id}")
    }

    /// The document's progress from now on, starting with where it stands, ending when it is ready, failed or deleted.
    ///
    /// # Errors
    /// There is no such document.
    pub async fn document_events(
        &self,
        id: DocumentId,
    ) -> Result<BoxStream<'static, DocumentEvent>, EngineError> {
        todo!("{id}")
    }
}
