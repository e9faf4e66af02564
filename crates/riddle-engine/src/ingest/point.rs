/// Named points of the ingest path. Something durable changes between each two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IngestPoint {
    /// The bytes are in a temporary file.
    UploadReceived,
    /// The blob has its final name.
    BlobRenamed,
    /// Document and job are committed; the client has no answer yet.
    DocumentAccepted,
    /// A worker holds the job.
    JobClaimed,
    /// Text is extracted and cut.
    DocumentParsed,
    /// Vectors are in the cache.
    ChunksEmbedded,
    /// Chunks and outbox rows are committed.
    DocumentStaged,
    /// The indexes hold the chunks.
    IndexApplied,
    /// The live generation has moved.
    DocumentPublished,
    /// The outbox is trimmed.
    OutboxTrimmed,
    /// The document is hidden and its removal queued.
    DeleteCommitted,
    /// Nothing of a deleted document is left but its blob.
    DeletePurged,
}

impl IngestPoint {
    /// All points in the order of the path.
    pub const ALL: [Self; 12] = [
        Self::UploadReceived,
        Self::BlobRenamed,
        Self::DocumentAccepted,
        Self::JobClaimed,
        Self::DocumentParsed,
        Self::ChunksEmbedded,
        Self::DocumentStaged,
        Self::IndexApplied,
        Self::DocumentPublished,
        Self::OutboxTrimmed,
        Self::DeleteCommitted,
        Self::DeletePurged,
    ];

    /// The name that kill tests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UploadReceived => "upload-received",
            Self::BlobRenamed => "blob-renamed",
            Self::DocumentAccepted => "document-accepted",
            Self::JobClaimed => "job-claimed",
            Self::DocumentParsed => "document-parsed",
            Self::ChunksEmbedded => "chunks-embedded",
            Self::DocumentStaged => "document-staged",
            Self::IndexApplied => "index-applied",
            Self::DocumentPublished => "document-published",
            Self::OutboxTrimmed => "outbox-trimmed",
            Self::DeleteCommitted => "delete-committed",
            Self::DeletePurged => "delete-purged",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|point| point.as_str() == name)
    }
}

/// Is called at each named point of the ingest path.
pub trait IngestProbe: Send + Sync {
    fn reached(&self, point: IngestPoint);
}

/// Nobody looks.
impl IngestProbe for () {
    fn reached(&self, _point: IngestPoint) {}
}
