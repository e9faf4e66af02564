//! Rows to domain types.

use std::error::Error;

use riddle_core::{
    ChunkId, ChunkPlace, ChunkRecord, ChunkState, ContentHash, CuratedChunk, Document, DocumentId,
    DocumentStatus, Failure, FailureCode, Findings, KnowledgeBase, KnowledgeBaseId,
    MissingPictures, NewChunk, OwnMetadata, PageRanges, Span, StoreError, Timestamp, all_metadata,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::sql::{Column, Row};
use crate::sql_error::SqlError;
use crate::store::signed;

/// A knowledge base from a row with all its columns.
pub(crate) fn knowledge_base(row: &Row) -> Result<KnowledgeBase, StoreError> {
    Ok(KnowledgeBase {
        id: KnowledgeBaseId(uuid(row, "id")?),
        name: get(row, "name")?,
        description: get(row, "description")?,
        settings: json(row, "settings")?,
        embedder_fingerprint: get(row, "embedder_fingerprint")?,
        created_at: Timestamp(get(row, "created_at")?),
    })
}

/// A document from a row with all its columns.
pub(crate) fn document(row: &Row) -> Result<Document, StoreError> {
    let status: String = get(row, "status")?;
    let code: Option<String> = get(row, "failure_code")?;
    let message: Option<String> = get(row, "failure_message")?;
    let failure = match (code, message) {
        (Some(code), Some(message)) => {
            let code = FailureCode::parse(&code).ok_or_else(|| SqlError::value("failure_code"))?;
            Some(Failure { code, message })
        }
        _ => None,
    };
    Ok(Document {
        id: DocumentId(uuid(row, "id")?),
        knowledge_base: KnowledgeBaseId(uuid(row, "knowledge_base")?),
        name: get(row, "name")?,
        media_type: get(row, "media_type")?,
        sha256: hash(row, "sha256")?,
        bytes: number(row, "bytes")?,
        metadata: json(row, "metadata")?,
        status: DocumentStatus::parse(&status).ok_or_else(|| SqlError::value("status"))?,
        progress: get::<f32>(row, "progress")?,
        pages_read: None,
        failure,
        findings: Findings {
            title: get(row, "title")?,
            unreadable_characters: number(row, "unreadable_characters")?,
            recognised_pages: pages(row, "recognised_pages")?,
            unread_pages: number(row, "unread_pages")?,
            missing: MissingPictures {
                cut_pages: pages(row, "cut_pages")?,
                unread_frames: number(row, "unread_frames")?,
            },
            unread_attachments: number(row, "unread_attachments")?,
            own_metadata: OwnMetadata {
                values: json(row, "own_metadata")?,
                left_out: number(row, "unread_metadata")?,
            },
        },
        stage_times: json(row, "stage_times")?,
        chunk_count: number(row, "chunk_count")?,
        embedded_chunks: number(row, "embedded_chunks")?,
        live_generation: get(row, "live_generation")?,
        created_at: Timestamp(get(row, "created_at")?),
        updated_at: Timestamp(get(row, "updated_at")?),
    })
}

/// A chunk from a row with the chunk's columns and the document's `knowledge_base`, `knowledge_base_name`,
/// `document_name`, `metadata` and `own_metadata`.
pub(crate) fn chunk(row: &Row) -> Result<ChunkRecord, StoreError> {
    Ok(ChunkRecord {
        id: ChunkId(uuid(row, "id")?),
        knowledge_base: KnowledgeBaseId(uuid(row, "knowledge_base")?),
        knowledge_base_name: get(row, "knowledge_base_name")?,
        document: DocumentId(uuid(row, "document")?),
        document_name: get(row, "document_name")?,
        metadata: all_metadata(json(row, "own_metadata")?, json(row, "metadata")?),
        generation: number(row, "generation")?,
        chunk: NewChunk {
            ordinal: number(row, "ordinal")?,
            text: get(row, "text")?,
            heading_path: json(row, "heading_path")?,
            page: get(row, "page")?,
            span: Span {
                start: number(row, "span_start")?,
                end: number(row, "span_end")?,
            },
            token_count: number(row, "token_count")?,
            carried: number(row, "carried")?,
            places: places(row)?,
        },
    })
}

/// Most chunks have none, and searches read many of them.
fn places(row: &Row) -> Result<Vec<ChunkPlace>, StoreError> {
    Ok(json_if_any(row, "places")?.unwrap_or_default())
}

/// A chunk with its state from the same row, for an index at `position`.
pub(crate) fn curated(row: &Row, position: u64) -> Result<CuratedChunk, StoreError> {
    let changed: Option<i64> = get(row, "changed_sequence")?;
    Ok(CuratedChunk {
        record: chunk(row)?,
        state: ChunkState {
            enabled: get(row, "enabled")?,
            edited: get(row, "edited")?,
            revision: number(row, "revision")?,
            pending: changed.is_some_and(|sequence| sequence > signed(position)),
        },
    })
}

/// A column of a type that the database knows.
pub(crate) fn get<T: Column>(row: &Row, column: &str) -> Result<T, StoreError> {
    Ok(T::of(row, column).map_err(SqlError::from)?)
}

/// A column that holds numbers of pages.
fn pages(row: &Row, column: &str) -> Result<PageRanges, StoreError> {
    let pages: String = get(row, column)?;
    Ok(pages.parse().map_err(|_error| SqlError::value(column))?)
}

/// A column that holds a number which is never negative.
pub(crate) fn number<T>(row: &Row, column: &str) -> Result<T, StoreError>
where
    T: TryFrom<i64, Error: Error + Send + Sync + 'static>,
{
    let number: i64 = get(row, column)?;
    Ok(T::try_from(number).map_err(|why| SqlError::unreadable(column, why))?)
}

/// A column that holds an id.
pub(crate) fn uuid(row: &Row, column: &str) -> Result<Uuid, StoreError> {
    let bytes: Vec<u8> = get(row, column)?;
    Ok(Uuid::from_slice(&bytes).map_err(|why| SqlError::unreadable(column, why))?)
}

/// A column that holds a hash.
pub(crate) fn hash(row: &Row, column: &str) -> Result<ContentHash, StoreError> {
    let bytes: Vec<u8> = get(row, column)?;
    let hash = <[u8; 32]>::try_from(bytes.as_slice());
    Ok(ContentHash(
        hash.map_err(|why| SqlError::unreadable(column, why))?,
    ))
}

/// A column that holds JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    let text: String = get(row, column)?;
    Ok(serde_json::from_str(&text).map_err(|why| SqlError::unreadable(column, why))?)
}

/// A column that holds JSON or nothing.
pub(crate) fn json_if_any<T: DeserializeOwned>(
    row: &Row,
    column: &str,
) -> Result<Option<T>, StoreError> {
    let text: Option<String> = get(row, column)?;
    let value = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(value.map_err(|why| SqlError::unreadable(column, why))?)
}

/// A value as JSON text.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value).map_err(SqlError::from)?)
}

/// Byte strings as a JSON list of hexadecimal texts: one parameter for any number of them.
pub(crate) fn hex_list<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut list = String::from("[");
    for value in values {
        list.push_str(if list.len() > 1 { ",\"" } else { "\"" });
        for byte in value {
            for digit in [byte >> 4, byte & 15] {
                list.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        list.push('"');
    }
    list.push(']');
    list
}
