use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::metadata::MetadataDto;

/// A document and where it stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentDto {
    pub id: Uuid,
    pub knowledge_base_id: Uuid,
    #[schema(example = "handbook/network.md")]
    pub name: String,
    /// Media type as far as known.
    #[schema(example = "text/markdown")]
    pub media_type: Option<String>,
    /// SHA-256 of the original, in hexadecimal.
    pub sha256: String,
    /// Size of the original.
    pub bytes: u64,
    /// What was given for filters, and what the front matter of Markdown says where nothing was given.
    #[schema(value_type = Object)]
    pub metadata: MetadataDto,
    /// `queued`, `parsing`, `embedding`, `indexing`, `ready` or `failed`.
    #[schema(example = "ready")]
    pub status: String,
    /// Share of the work done, 0 to 1.
    pub progress: f32,
    /// How far its pages are read that are pictures, while they are.
    #[serde(default)]
    pub pages_read: Option<PagesReadDto>,
    /// Why it failed, when it did.
    pub failure: Option<FailureDto>,
    /// The title that the document gives itself apart from its text, such as that of a web page or the `title` in the
    /// front matter of Markdown.
    #[serde(default)]
    pub title: Option<String>,
    /// What a reader of its text should know; empty for most.
    #[serde(default)]
    pub warnings: Vec<DocumentWarningDto>,
    /// How long each stage of the last processing took.
    pub stage_times: StageTimesDto,
    /// Chunks of the generation that searches see, disabled ones included.
    pub chunk_count: u32,
    /// Chunks of the last processing that had to be embedded; the others came from the cache.
    pub embedded_chunks: u32,
    /// RFC 3339.
    #[schema(example = "2026-03-01T09:30:00.000Z")]
    pub created_at: String,
    /// RFC 3339.
    #[schema(example = "2026-03-01T09:30:04.120Z")]
    pub updated_at: String,
}

/// Why a document failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"code": "no_text", "message": "no text was found, as in a scan; fetch a model for text recognition (OCR) with `riddle models pull pp-ocrv6-small`, and retry the document"}))]
pub struct FailureDto {
    /// For programs.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
}

/// Something about a document that searches find all the same.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"code": "unreadable_characters", "count": 3, "message": "3 characters could not be decoded and stand as \u{fffd}; save the document as UTF-8 and add it again"}))]
pub struct DocumentWarningDto {
    /// For programs: `unreadable_characters`, `recognised_text` (the text of pages comes from pictures, by OCR),
    /// `unread_pages` (pages that are pictures were not read), `cut_pages` (pictures that end before they are whole),
    /// `unread_frames` (pictures of an animation behind the first), `unread_attachments` (files attached to a message
    /// whose text could not be read) or `unread_metadata` (fields of front matter that are no metadata).
    pub code: String,
    /// How many characters, pages, pictures, files or fields it is about.
    pub count: u32,
    /// What it is and what to do.
    pub message: String,
}

/// How far the pages of a document are read that are pictures.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"read": 3, "total": 40}))]
pub struct PagesReadDto {
    /// Pages that are read.
    pub read: u32,
    /// Pages that are to be read.
    pub total: u32,
}

/// Milliseconds by stage; null for a stage not reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StageTimesDto {
    pub queued_ms: Option<u64>,
    pub parsing_ms: Option<u64>,
    pub embedding_ms: Option<u64>,
    pub indexing_ms: Option<u64>,
}

/// A page of documents.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentListDto {
    pub documents: Vec<DocumentDto>,
    /// Value of `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// Documents on all pages together.
    #[schema(example = 128)]
    pub total: u64,
    /// With `folder` and without `recursive`, on the first page: the folders in that folder, by name, 1000 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<FolderDto>,
}

/// A folder of documents: what their names begin with.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FolderDto {
    /// Its whole name, as `folder` takes it.
    #[schema(example = "handbook/hr")]
    pub name: String,
    /// Documents in it and in the folders below it that the list asks for.
    #[schema(example = 12)]
    pub documents: u64,
}

/// One step of a document's progress.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentEventDto {
    pub id: Uuid,
    #[schema(example = "embedding")]
    pub status: String,
    /// Share of the work done, 0 to 1.
    pub progress: f32,
    /// How far its pages are read that are pictures, while they are.
    #[serde(default)]
    pub pages_read: Option<PagesReadDto>,
    /// Chunks made so far.
    pub chunk_count: u32,
    pub failure: Option<FailureDto>,
}

/// A document given as text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ports.md", "text": "# Ports\nThe server listens on 7180.", "metadata": {"team": "net"}}))]
pub struct TextDocument {
    /// Name within the knowledge base, 1 to 1000 characters, with folders if you like; a document of this name is
    /// replaced.
    #[schema(min_length = 1, max_length = 1000)]
    pub name: String,
    /// The whole text.
    pub text: String,
    /// For filters. The front matter of Markdown adds its own where it is not given here. At most 16 KiB in all: the
    /// bytes of keys and texts, and 8 for each key and each value.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metadata: MetadataDto,
}

/// One document or a list of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TextDocuments {
    One(TextDocument),
    Several(Vec<TextDocument>),
}

/// A document that was accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedDto {
    pub id: Uuid,
    #[schema(example = "handbook/network.md")]
    pub name: String,
    #[schema(example = "queued")]
    pub status: String,
    /// `created`, `replaced`, or `unchanged` when the document of this name has the same bytes already.
    #[schema(example = "created")]
    pub outcome: String,
}

/// A document of a batch that was not accepted; the others were.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RefusedDto {
    #[schema(example = "backup.zip")]
    pub name: String,
    #[schema(example = "too_large")]
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What became of a batch of documents.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedListDto {
    /// Accepted and durable: a crash loses none of them.
    pub documents: Vec<AcceptedDto>,
    /// Not accepted.
    pub errors: Vec<RefusedDto>,
}

impl TextDocuments {
    /// All of them, in their order.
    pub fn into_vec(self) -> Vec<TextDocument> {
        match self {
            Self::One(document) => vec![document],
            Self::Several(documents) => documents,
        }
    }
}
