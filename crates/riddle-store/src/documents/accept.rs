use riddle_core::{
    AcceptOutcome, Document, DocumentId, DocumentStatus, KnowledgeBaseId, NewDocument, StoreError,
    Timestamp,
};
use uuid::Uuid;

use crate::rows::{self, to_json};
use crate::sql::{self, Transaction};

/// Writes a document with its job, unless the document of its name has its bytes already.
pub(crate) async fn accept(
    write: &mut Transaction,
    new: &NewDocument,
    now: Timestamp,
) -> Result<AcceptOutcome, StoreError> {
    check_knowledge_base(write, new.knowledge_base).await?;
    match find_named(write, new.knowledge_base, &new.name).await? {
        Some(document) if document.sha256 == new.sha256 => {
            accept_known(write, document, new, now).await
        }
        Some(document) => {
            replace_bytes(write, &document, new).await?;
            queue(write, document.id.0, new.request_id.as_deref(), now).await?;
            Ok(AcceptOutcome::Replaced(reload(write, document.id).await?))
        }
        None => {
            insert(write, new, now).await?;
            queue(write, new.id.0, new.request_id.as_deref(), now).await?;
            Ok(AcceptOutcome::Created(reload(write, new.id).await?))
        }
    }
}

/// A document accepted into a knowledge base that was deleted a moment ago would never be purged.
async fn check_knowledge_base(
    write: &mut Transaction,
    id: KnowledgeBaseId,
) -> Result<(), StoreError> {
    let found = sql::query("SELECT 1 FROM knowledge_bases WHERE id = ? AND deleted_at IS NULL")
        .bind(id.0.as_bytes().as_slice())
        .row_if_any(&mut *write)
        .await?;
    found
        .map(|_row| ())
        .ok_or(StoreError::KnowledgeBaseGone { id })
}

async fn replace_bytes(
    write: &mut Transaction,
    document: &Document,
    new: &NewDocument,
) -> Result<(), StoreError> {
    sql::query("INSERT INTO replaced_blobs (sha256) VALUES (?) ON CONFLICT DO NOTHING")
        .bind(document.sha256.0.as_slice())
        .run(write)
        .await?;
    sql::query(
        "UPDATE documents SET media_type = ?, sha256 = ?, bytes = ?, metadata = ? WHERE id = ?",
    )
    .bind(&new.media_type)
    .bind(new.sha256.0.as_slice())
    .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
    .bind(to_json(&new.metadata)?)
    .bind(document.id.0.as_bytes().as_slice())
    .run(write)
    .await?;
    Ok(())
}

async fn accept_known(
    write: &mut Transaction,
    document: Document,
    new: &NewDocument,
    now: Timestamp,
) -> Result<AcceptOutcome, StoreError> {
    let new_metadata = document.metadata != new.metadata;
    // A failed document may have failed for a wrong media type.
    sql::query(
        "UPDATE documents SET metadata = ?, media_type = coalesce(?, media_type) WHERE id = ?",
    )
    .bind(to_json(&new.metadata)?)
    .bind(&new.media_type)
    .bind(document.id.0.as_bytes().as_slice())
    .run(write)
    .await?;
    if new_metadata || document.status == DocumentStatus::Failed {
        queue(write, document.id.0, new.request_id.as_deref(), now).await?;
    }
    Ok(AcceptOutcome::Unchanged(reload(write, document.id).await?))
}

async fn insert(
    write: &mut Transaction,
    new: &NewDocument,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql::query(
        "INSERT INTO documents
             (id, knowledge_base, name, media_type, sha256, bytes, metadata, status, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)",
    )
    .bind(new.id.0.as_bytes().as_slice())
    .bind(new.knowledge_base.0.as_bytes().as_slice())
    .bind(&new.name)
    .bind(&new.media_type)
    .bind(new.sha256.0.as_slice())
    .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
    .bind(to_json(&new.metadata)?)
    .bind(now.0)
    .bind(now.0)
    .run(write)
    .await?;
    Ok(())
}

/// Gives a document a fresh job for a request, whatever became of an earlier one.
pub(crate) async fn queue(
    write: &mut Transaction,
    id: Uuid,
    request_id: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let updated = sql::query(
        "UPDATE documents SET status = 'queued', progress = 0, failure_code = NULL, failure_message = NULL,
                stage_times = '{}', updated_at = ? WHERE id = ? AND deleted_at IS NULL",
    )
    .bind(now.0)
    .bind(id.as_bytes().as_slice())
    .run(write)
    .await?;
    if updated.rows_affected() == 0 {
        return Ok(());
    }
    sql::query("DELETE FROM jobs WHERE document = ?")
        .bind(id.as_bytes().as_slice())
        .run(&mut *write)
        .await?;
    sql::query(
        "INSERT INTO jobs (document, queued_at, next_at, request_id) VALUES (?1, ?2, ?2, ?3)",
    )
    .bind(id.as_bytes().as_slice())
    .bind(now.0)
    .bind(request_id)
    .run(write)
    .await?;
    Ok(())
}

async fn find_named(
    write: &mut Transaction,
    knowledge_base: KnowledgeBaseId,
    name: &str,
) -> Result<Option<Document>, StoreError> {
    let row = sql::query(
        "SELECT * FROM documents WHERE knowledge_base = ? AND name = ? AND deleted_at IS NULL",
    )
    .bind(knowledge_base.0.as_bytes().as_slice())
    .bind(name)
    .row_if_any(&mut *write)
    .await?;
    row.as_ref().map(rows::document).transpose()
}

async fn reload(write: &mut Transaction, id: DocumentId) -> Result<Document, StoreError> {
    let row = sql::query("SELECT * FROM documents WHERE id = ?")
        .bind(id.0.as_bytes().as_slice())
        .row(&mut *write)
        .await?;
    rows::document(&row)
}
