use std::io::Write;
use std::sync::Arc;

use riddle_core::{
    AcceptOutcome, ContentHash, Document, DocumentId, DocumentStatus, Metadata, NewDocument,
    document_name,
};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tracing::Instrument;

use crate::blocking::run_blocking;
use crate::disk::WriteKind;
use crate::error::{EngineError, InternalCause};
use crate::ingest::Ingest;
use crate::ingest::point::IngestPoint;
use crate::origin;
use crate::shared::Shared;

/// Bytes that are written to the disk at once. As many uploads as there are connections may hold so many in memory.
const WRITE_BUFFER: usize = 128 << 10;

/// A document to add.
#[derive(Clone, PartialEq, Debug)]
pub struct Upload {
    /// Name within the knowledge base, in any spelling; a document of this name is replaced.
    pub name: String,
    /// What the client says. If the content differs, the content counts.
    pub media_type: Option<String>,
    /// For filters.
    pub metadata: Metadata,
}

/// A document that is stored, and whether it is new.
#[derive(Clone, PartialEq, Debug)]
pub struct AcceptedUpload {
    /// The document, durable now.
    pub document: Document,
    /// `created`, `replaced` or `unchanged`.
    pub outcome: &'static str,
}

/// Receives and hashes the bytes of an upload. Dropping it removes what has come.
pub struct UploadWriter {
    file: NamedTempFile,
    hasher: Sha256,
    buffer: Vec<u8>,
    bytes: u64,
    limit_bytes: u64,
    shared: Arc<Shared>,
}

impl UploadWriter {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] past the limit; the disk failed or has too little room.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit_bytes {
            return Err(EngineError::TooLarge {
                limit_bytes: self.limit_bytes,
            });
        }
        for part in bytes.chunks(WRITE_BUFFER) {
            self.buffer.extend_from_slice(part);
            if self.buffer.len() >= WRITE_BUFFER {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), EngineError> {
        let buffer = std::mem::take(&mut self.buffer);
        self.shared
            .disk
            .check(WriteKind::New, buffer.len() as u64)?;
        let mut file = self.file.as_file().try_clone()?;
        let mut hasher = std::mem::take(&mut self.hasher);
        let write = move || {
            hasher.update(&buffer);
            file.write_all(&buffer).map(|()| hasher)
        };
        self.hasher = run_blocking("writing an upload", write).await??;
        Ok(())
    }
}

impl Ingest {
    pub(crate) async fn begin_upload(&self) -> Result<UploadWriter, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let shared = Arc::clone(&self.shared);
        let begin = move || shared.blobs.begin();
        let file = run_blocking("beginning an upload", begin).await??;
        Ok(UploadWriter {
            file,
            hasher: Sha256::new(),
            buffer: Vec::new(),
            bytes: 0,
            limit_bytes: self.shared.options.max_upload_bytes,
            shared: Arc::clone(&self.shared),
        })
    }

    pub(crate) async fn accept_upload(
        self: &Arc<Self>,
        knowledge_base: &str,
        upload: Upload,
        bytes: UploadWriter,
    ) -> Result<AcceptedUpload, EngineError> {
        let name = document_name(&upload.name)
            .map_err(|problem| EngineError::invalid_as("name", problem.to_string()))?;
        let upload = Upload { name, ..upload };
        let knowledge_base = self.shared.find_knowledge_base(knowledge_base).await?;
        // In a task of its own, so that a client that gives up cannot interrupt it before the row is committed.
        let ingest = Arc::clone(self);
        let request_id = origin::request_id().as_deref().map(str::to_owned);
        let accepting = async move {
            let accepted = ingest
                .accept(knowledge_base.id, upload, request_id, bytes)
                .await?;
            ingest.job_queued.notify_one();
            Ok::<_, EngineError>(accepted)
        };
        let accepted = tokio::spawn(accepting.in_current_span()).await;
        accepted.map_err(|error| {
            EngineError::internal("accepting a document", InternalCause::of_task(error))
        })?
    }

    async fn accept(
        self: &Arc<Self>,
        knowledge_base: riddle_core::KnowledgeBaseId,
        upload: Upload,
        request_id: Option<String>,
        mut bytes: UploadWriter,
    ) -> Result<AcceptedUpload, EngineError> {
        bytes.flush().await?;
        let new = NewDocument {
            id: DocumentId(self.shared.clock.new_id()),
            knowledge_base,
            name: upload.name,
            media_type: upload.media_type,
            sha256: ContentHash(bytes.hasher.finalize().into()),
            bytes: bytes.bytes,
            metadata: upload.metadata,
            request_id,
        };
        self.check_known(&new).await?;
        let file = bytes.file;
        let ingest = Arc::clone(self);
        let removal = self.shared.blobs.removal.read().await;
        let keep = move || {
            file.as_file().sync_all()?;
            ingest.probe.reached(IngestPoint::UploadReceived);
            ingest.shared.blobs.keep(file, new.sha256)?;
            ingest.probe.reached(IngestPoint::BlobRenamed);
            Ok::<_, std::io::Error>(new)
        };
        let new = run_blocking("keeping an original", keep).await??;
        let outcome = self
            .shared
            .store
            .accept_document(&new, self.shared.clock.now())
            .await?;
        drop(removal);
        self.probe.reached(IngestPoint::DocumentAccepted);
        let (document, outcome) = match outcome {
            AcceptOutcome::Created(document) => (document, "created"),
            AcceptOutcome::Replaced(document) => (document, "replaced"),
            AcceptOutcome::Unchanged(document) => (document, "unchanged"),
        };
        Ok(AcceptedUpload { document, outcome })
    }
    /// Refuses what would have a known document read anew where less of it would be read than before.
    async fn check_known(&self, new: &NewDocument) -> Result<(), EngineError> {
        let store = &self.shared.store;
        let name = std::slice::from_ref(&new.name);
        let named = store.documents_named(new.knowledge_base, name).await?;
        let Some(id) = named.get(&new.name) else {
            return Ok(());
        };
        let Some(known) = store.lookup_document(*id).await? else {
            return Ok(());
        };
        let is_read_anew = known.metadata != new.metadata || known.status == DocumentStatus::Failed;
        if known.sha256 == new.sha256 && is_read_anew {
            self.check_pictures(&known)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use riddle_testkit::{FakeLibrary, FakeModels};

    use super::*;
    use crate::options::EngineOptions;
    use crate::testing::TestEngine;

    #[tokio::test]
    async fn an_upload_that_stops_coming_is_on_the_disk_but_for_little() {
        let adjust = |options| EngineOptions {
            max_upload_bytes: 1_000_000,
            ..options
        };
        let (models, library) = (FakeModels::default(), FakeLibrary::empty());
        let test = TestEngine::adjusted(models, library, adjust).await;
        let begun = test.engine.begin_upload().await;
        let mut upload = begun.expect("there is room");
        upload.write(&vec![7; 1_000_000]).await.expect("it fits");
        let written = upload.file.as_file().metadata().expect("a file").len();
        assert_eq!((written, upload.buffer.len()), (917_504, 82_496));
        assert!(upload.buffer.capacity() <= WRITE_BUFFER);
    }
}
