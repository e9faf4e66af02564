use serde::{Deserialize, Serialize};

use crate::domain::id::{ContentHash, DocumentId, KnowledgeBaseId};
use crate::domain::metadata::{Metadata, OwnMetadata, all_metadata};
use crate::domain::page_ranges::PageRanges;
use crate::ports::time::Timestamp;

/// A document and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// Identity; kept when the bytes are replaced.
    pub id: DocumentId,
    /// The knowledge base it belongs to.
    pub knowledge_base: KnowledgeBaseId,
    /// What the user calls it, as [`document_name`](crate::document_name) spells it; unique in its knowledge
    /// base; never used as a path.
    pub name: String,
    /// Media type as far as known from the upload or the name.
    pub media_type: Option<String>,
    /// Hash of the original bytes, which lie in the blob store under it.
    pub sha256: ContentHash,
    /// Size of the original in bytes.
    pub bytes: u64,
    /// What the user says about it, who is believed before the document itself.
    pub metadata: Metadata,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Share of the work that is done, 0 to 1; 1 when ready.
    pub progress: f32,
    /// How far its pictures are read, while they are.
    pub pages_read: Option<PagesRead>,
    /// Why it failed, when it did.
    pub failure: Option<Failure>,
    /// What the last processing found besides the text.
    pub findings: Findings,
    /// How long each stage of the last processing took.
    pub stage_times: StageTimes,
    /// Chunks of the live generation.
    pub chunk_count: u32,
    /// Chunks of the last processing that had to be embedded; the vectors of the others came from the cache.
    pub embedded_chunks: u32,
    /// The live generation, which searches see; `None` before the first is published.
    pub live_generation: Option<u32>,
    /// When it was first accepted.
    pub created_at: Timestamp,
    /// When anything of it changed last.
    pub updated_at: Timestamp,
}

impl Document {
    /// What filters see: what the user says, and what the document says itself beside it.
    pub fn all_metadata(&self) -> Metadata {
        let own = self.findings.own_metadata.values.clone();
        all_metadata(own, self.metadata.clone())
    }
}

/// What reading a document has found besides its text.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Findings {
    /// The title that the document gives itself apart from its text.
    pub title: Option<String>,
    /// Characters that stand for what could not be decoded.
    pub unreadable_characters: u32,
    /// Pages whose text was read from pictures (OCR) and may have mistakes.
    pub recognised_pages: PageRanges,
    /// Pages without text of their own that were not read either, because there are too many or they could not be.
    pub unread_pages: u32,
    /// What is missing of the pictures that were read.
    pub missing: MissingPictures,
    /// Files attached to a message whose text could not be read.
    pub unread_attachments: u32,
    /// What it says about itself in its front matter.
    pub own_metadata: OwnMetadata,
}

/// What is missing of pictures whose text was read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MissingPictures {
    /// Pages whose picture ends before it is whole.
    pub cut_pages: PageRanges,
    /// Pictures of animations behind the first, which were not read.
    pub unread_frames: u32,
}

/// How far the pages of a document are read that are pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PagesRead {
    /// Pages that are read.
    pub read: u32,
    /// Pages that are to be read.
    pub total: u32,
}

/// Where a document stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// Accepted and durable; waiting for a worker.
    Queued,
    /// Text is being extracted and cut.
    Parsing,
    /// Chunks are being embedded.
    Embedding,
    /// Chunks are durable, and the indexes have still to apply them.
    Indexing,
    /// Searchable.
    Ready,
    /// Given up. The failure says why and what to do.
    Failed,
}

impl DocumentStatus {
    /// The name used in storage and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Parsing => "parsing",
            Self::Embedding => "embedding",
            Self::Indexing => "indexing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Queued,
            Self::Parsing,
            Self::Embedding,
            Self::Indexing,
            Self::Ready,
            Self::Failed,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
    }

    /// Whether the status stays until the user does something.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }
}

/// Why a document failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// For people: what happened and what to do; holds no path and no document text.
    pub message: String,
}

/// Why a document failed, for programs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// Nothing to read: a scan, an image, an empty file.
    NoText,
    /// A password is needed.
    Encrypted,
    /// No extractor for this format.
    UnsupportedFormat,
    /// The file is damaged or not what its name says.
    Malformed,
    /// The extractor crashed.
    ParserCrashed,
    /// The extractor took too long.
    ParserTimeout,
    /// The extractor wanted too much memory.
    ParserMemory,
    /// The file, or the text in it, is larger than allowed.
    TooLarge,
    /// The server stopped, or met an internal error, several times while working on this document.
    Quarantined,
    /// The embedder of the knowledge base is not there or failed.
    EmbeddingFailed,
    /// The indexes or the database refused it several times.
    Internal,
}

impl FailureCode {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoText,
        Self::Encrypted,
        Self::UnsupportedFormat,
        Self::Malformed,
        Self::ParserCrashed,
        Self::ParserTimeout,
        Self::ParserMemory,
        Self::TooLarge,
        Self::Quarantined,
        Self::EmbeddingFailed,
        Self::Internal,
    ];

    /// The name used in storage and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoText => "no_text",
            Self::Encrypted => "encrypted",
            Self::UnsupportedFormat => "unsupported_format",
            Self::Malformed => "malformed",
            Self::ParserCrashed => "parser_crashed",
            Self::ParserTimeout => "parser_timeout",
            Self::ParserMemory => "parser_memory",
            Self::TooLarge => "too_large",
            Self::Quarantined => "quarantined",
            Self::EmbeddingFailed => "embedding_failed",
            Self::Internal => "internal",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

/// Milliseconds spent in each stage of the last processing; `None` for a stage not reached.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct StageTimes {
    /// Waiting for a worker.
    pub queued_ms: Option<u64>,
    /// Extraction and chunking.
    pub parsing_ms: Option<u64>,
    /// Embedding, cache look-ups included.
    pub embedding_ms: Option<u64>,
    /// From durable chunks to searchable.
    pub indexing_ms: Option<u64>,
}

/// Which documents to list.
#[derive(Clone, PartialEq, Debug)]
pub struct DocumentQuery {
    /// Only these statuses; empty for all.
    pub statuses: Vec<DocumentStatus>,
    /// Only names that hold this, whatever the case of its ASCII letters.
    pub name_contains: Option<String>,
    /// Only those of a folder.
    pub folder: Option<InFolder>,
    /// In which order.
    pub order: DocumentOrder,
    /// Where the page before ended, as the store gave it; the list goes on in the order of that page.
    pub cursor: Option<String>,
    /// Documents on the page, 1 to 1,000.
    pub limit: u32,
}

/// Documents whose names begin with a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InFolder {
    /// The folder as [`folder_name`](crate::folder_name) spells it; empty for the outermost one.
    pub name: String,
    /// Also the documents of the folders below it.
    pub recursive: bool,
}

/// A folder of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder {
    /// Its whole name, from the outermost folder on.
    pub name: String,
    /// Documents in it and below it that the list asks for.
    pub documents: u64,
}

/// How documents are ordered.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum DocumentOrder {
    /// The last added first.
    #[default]
    Newest,
    /// The first added first.
    Oldest,
    /// By name, byte by byte.
    Name,
    /// The largest first.
    Size,
    /// By the name of their status.
    Status,
}

impl DocumentOrder {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Newest,
        Self::Oldest,
        Self::Name,
        Self::Size,
        Self::Status,
    ];

    /// The name used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Name => "name",
            Self::Size => "size",
            Self::Status => "status",
        }
    }

    /// The order of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == name)
    }
}

/// A page of documents.
#[derive(Clone, PartialEq, Debug)]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where the next page starts; `None` on the last.
    pub next_cursor: Option<String>,
    /// Documents on all pages together.
    pub total: u64,
    /// The folders of the folder that was asked for without what is below it, by name, on the first page; at most
    /// 1,000.
    pub folders: Vec<Folder>,
}

/// One step of a document's progress.
#[derive(Clone, PartialEq, Debug)]
pub struct DocumentEvent {
    /// The document.
    pub document: DocumentId,
    /// Where it stands now.
    pub status: DocumentStatus,
    /// Share of the work done, 0 to 1.
    pub progress: f32,
    /// How far its pictures are read, while they are.
    pub pages_read: Option<PagesRead>,
    /// Chunks made so far.
    pub chunk_count: u32,
    /// Why it failed, when it did.
    pub failure: Option<Failure>,
}
