use riddle_core::{Document, DocumentEvent, DocumentPage, Failure, StageTimes};
use riddle_engine::Accepted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::metadata::{MetadataDto, metadata_to_json};
use super::timestamp::rfc3339;
use crate::error::ApiError;
use crate::extract::parse_json;

/// A document and where it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentDto {
    id: Uuid,
    knowledge_base_id: Uuid,
    #[schema(example = "handbook/network.md")]
    name: String,
    /// Media type as far as known.
    #[schema(example = "text/markdown")]
    media_type: Option<String>,
    /// SHA-256 of the original, in hexadecimal.
    sha256: String,
    /// Size of the original.
    bytes: u64,
    #[schema(value_type = Object)]
    metadata: MetadataDto,
    /// `queued`, `parsing`, `embedding`, `indexing`, `ready` or `failed`.
    #[schema(example = "ready")]
    status: &'static str,
    /// Share of the work done, 0 to 1.
    progress: f32,
    /// Why it failed, when it did.
    failure: Option<FailureDto>,
    /// How long each stage of the last processing took.
    stage_times: StageTimesDto,
    /// Chunks of the generation that searches see, disabled ones included.
    chunk_count: u32,
    /// Chunks of the last processing that had to be embedded; the others came from the cache.
    embedded_chunks: u32,
    /// RFC 3339.
    #[schema(example = "2026-03-01T09:30:00.000Z")]
    created_at: String,
    /// RFC 3339.
    #[schema(example = "2026-03-01T09:30:04.120Z")]
    updated_at: String,
}

/// Why a document failed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"code": "no_text", "message": "the file holds images and no text; run it through OCR and add it again"}))]
pub(crate) struct FailureDto {
    /// For programs.
    code: &'static str,
    /// What happened and what to do.
    message: String,
}

/// Milliseconds by stage; null for a stage not reached.
#[derive(Serialize, ToSchema)]
pub(crate) struct StageTimesDto {
    queued_ms: Option<u64>,
    parsing_ms: Option<u64>,
    embedding_ms: Option<u64>,
    indexing_ms: Option<u64>,
}

/// A page of documents.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentListDto {
    documents: Vec<DocumentDto>,
    /// Value of `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
    /// Documents on all pages together.
    #[schema(example = 128)]
    total: u64,
}

/// One step of a document's progress.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentEventDto {
    id: Uuid,
    #[schema(example = "embedding")]
    status: &'static str,
    /// Share of the work done, 0 to 1.
    progress: f32,
    /// Chunks made so far.
    chunk_count: u32,
    failure: Option<FailureDto>,
}

/// A document given as text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ports.md", "text": "# Ports\nThe server listens on 7180.", "metadata": {"team": "net"}}))]
pub(crate) struct TextDocument {
    /// Name within the knowledge base; a document of this name is replaced.
    pub(crate) name: String,
    /// The whole text.
    pub(crate) text: String,
    /// For filters.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) metadata: MetadataDto,
}

/// One document or a list of them.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum TextDocuments {
    One(TextDocument),
    Several(Vec<TextDocument>),
}

/// A document that was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedDto {
    id: Uuid,
    #[schema(example = "handbook/network.md")]
    name: String,
    #[schema(example = "queued")]
    status: &'static str,
    /// `created`, `replaced`, or `unchanged` when the same bytes are there already.
    #[schema(example = "created")]
    outcome: &'static str,
}

/// A document of a batch that was not accepted; the others were.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedDto {
    #[schema(example = "backup.zip")]
    name: String,
    #[schema(example = "too_large")]
    code: &'static str,
    /// What is wrong and what to do.
    message: String,
}

/// What became of a batch of documents.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedListDto {
    /// Accepted and durable: a crash loses none of them.
    pub(crate) documents: Vec<AcceptedDto>,
    /// Not accepted.
    pub(crate) errors: Vec<RefusedDto>,
}

impl TextDocuments {
    /// Reads either form; serde alone could not say which field is wrong.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if body.trim_ascii_start().starts_with(b"[") {
            parse_json(body).map(Self::Several)
        } else {
            parse_json(body).map(Self::One)
        }
    }

    pub(crate) fn into_vec(self) -> Vec<TextDocument> {
        match self {
            Self::One(document) => vec![document],
            Self::Several(documents) => documents,
        }
    }
}

impl From<Document> for DocumentDto {
    fn from(document: Document) -> Self {
        Self {
            id: document.id.0,
            knowledge_base_id: document.knowledge_base.0,
            name: document.name,
            media_type: document.media_type,
            sha256: document.sha256.to_string(),
            bytes: document.bytes,
            metadata: metadata_to_json(document.metadata),
            status: document.status.as_str(),
            progress: document.progress,
            failure: document.failure.map(Into::into),
            stage_times: document.stage_times.into(),
            chunk_count: document.chunk_count,
            embedded_chunks: document.embedded_chunks,
            created_at: rfc3339(document.created_at),
            updated_at: rfc3339(document.updated_at),
        }
    }
}

impl From<Failure> for FailureDto {
    fn from(failure: Failure) -> Self {
        Self {
            code: failure.code.as_str(),
            message: failure.message,
        }
    }
}

impl From<StageTimes> for StageTimesDto {
    fn from(times: StageTimes) -> Self {
        Self {
            queued_ms: times.queued_ms,
            parsing_ms: times.parsing_ms,
            embedding_ms: times.embedding_ms,
            indexing_ms: times.indexing_ms,
        }
    }
}

impl From<DocumentPage> for DocumentListDto {
    fn from(page: DocumentPage) -> Self {
        Self {
            documents: page.documents.into_iter().map(Into::into).collect(),
            next_cursor: page.next_cursor,
            total: page.total,
        }
    }
}

impl From<DocumentEvent> for DocumentEventDto {
    fn from(event: DocumentEvent) -> Self {
        Self {
            id: event.document.0,
            status: event.status.as_str(),
            progress: event.progress,
            chunk_count: event.chunk_count,
            failure: event.failure.map(Into::into),
        }
    }
}

impl From<Accepted> for AcceptedDto {
    fn from(accepted: Accepted) -> Self {
        Self {
            id: accepted.document.id.0,
            name: accepted.document.name,
            status: accepted.document.status.as_str(),
            outcome: accepted.outcome,
        }
    }
}

impl RefusedDto {
    pub(crate) fn of(name: String, error: &ApiError) -> Self {
        Self {
            name,
            code: error.code.name,
            message: error.message.clone(),
        }
    }
}
