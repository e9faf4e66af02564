use async_trait::async_trait;
use riddle_core::{
    AcceptOutcome, ChunkId, ChunkRecord, ContentHash, Document, DocumentId, DocumentPage,
    DocumentQuery, DocumentStatus, DocumentStore, KnowledgeBaseId, NewDocument, ScoredChunk,
    StoreDigest, StoreError, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use crate::rows::{self, get, hex_list, number, to_json};
use crate::sqlite::{SqliteStore, failed};

#[async_trait]
impl DocumentStore for SqliteStore {
    async fn accept_document(
        &self,
        new: &NewDocument,
        now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError> {
        let mut write = self.write().await?;
        let outcome = accept(&mut write, new, now).await?;
        write.commit().await.map_err(|error| failed(&error))?;
        Ok(outcome)
    }

    async fn requeue_document(&self, id: DocumentId, now: Timestamp) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        queue(&mut write, id.0, now).await?;
        write.commit().await.map_err(|error| failed(&error))
    }

    async fn lookup_document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        let row = sqlx::query("SELECT * FROM documents WHERE id = ? AND deleted_at IS NULL")
            .bind(id.0.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| failed(&error))?;
        row.as_ref().map(rows::document).transpose()
    }

    async fn list_documents(
        &self,
        knowledge_base: KnowledgeBaseId,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        let (created_at, id) = match &query.cursor {
            Some(cursor) => parse_cursor(cursor)?,
            None => (i64::MAX, Uuid::max()),
        };
        let statuses: Vec<&str> = query
            .statuses
            .iter()
            .map(|status| status.as_str())
            .collect();
        let rows = sqlx::query(
            "SELECT * FROM documents
             WHERE knowledge_base = ?1 AND deleted_at IS NULL AND (created_at, id) < (?2, ?3)
               AND (?4 = '[]' OR status IN (SELECT value FROM json_each(?4)))
             ORDER BY created_at DESC, id DESC LIMIT ?5",
        )
        .bind(knowledge_base.0.as_bytes().as_slice())
        .bind(created_at)
        .bind(id.as_bytes().as_slice())
        .bind(to_json(&statuses)?)
        .bind(i64::from(query.limit) + 1)
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        page(&rows, query.limit as usize)
    }

    async fn count_documents(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(DocumentStatus, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT status, count(*) AS documents FROM documents
             WHERE knowledge_base = ? AND deleted_at IS NULL GROUP BY status",
        )
        .bind(knowledge_base.0.as_bytes().as_slice())
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            let status: String = get(row, "status")?;
            if let Some(status) = DocumentStatus::parse(&status) {
                counts.push((status, number(row, "documents")?));
            }
        }
        Ok(counts)
    }

    async fn delete_document(
        &self,
        id: DocumentId,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let mut write = self.write().await?;
        let sequence = delete_in(&mut write, id.0, now).await?;
        write.commit().await.map_err(|error| failed(&error))?;
        Ok(sequence)
    }

    async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
    ) -> Result<Vec<ChunkRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.*, d.knowledge_base, d.name AS document_name, d.metadata
             FROM documents d JOIN chunks c ON c.document = d.id AND c.generation = d.live_generation
             WHERE d.id = ? AND d.deleted_at IS NULL AND c.ordinal >= ? ORDER BY c.ordinal LIMIT ?",
        )
        .bind(id.0.as_bytes().as_slice())
        .bind(from_ordinal)
        .bind(limit)
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        rows.iter().map(rows::chunk).collect()
    }

    async fn live_chunks(
        &self,
        knowledge_bases: &[KnowledgeBaseId],
        hits: &[ScoredChunk],
    ) -> Result<Vec<ChunkRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.*, d.knowledge_base, d.name AS document_name, d.metadata
             FROM json_each(?) wanted
             JOIN chunks c ON c.id = unhex(wanted.value)
             JOIN documents d ON d.id = c.document AND d.live_generation = c.generation AND d.deleted_at IS NULL
             ORDER BY wanted.key",
        )
        .bind(hex_list(hits.iter().map(|hit| hit.chunk.0.as_bytes().as_slice())))
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        let mut chunks = rows
            .iter()
            .map(rows::chunk)
            .collect::<Result<Vec<_>, _>>()?;
        chunks.retain(|chunk| knowledge_bases.contains(&chunk.knowledge_base));
        Ok(chunks)
    }

    async fn chunk_digest(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<StoreDigest, StoreError> {
        Ok(StoreDigest::of(
            self.expected_chunk_ids(knowledge_base).await?,
        ))
    }

    async fn unreferenced_blobs(
        &self,
        blobs: &[ContentHash],
    ) -> Result<Vec<ContentHash>, StoreError> {
        let rows = sqlx::query(
            "SELECT unhex(found.value) AS sha256 FROM json_each(?) found
             WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.sha256 = unhex(found.value))",
        )
        .bind(hex_list(blobs.iter().map(|hash| hash.0.as_slice())))
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        rows.iter().map(|row| rows::hash(row, "sha256")).collect()
    }

    async fn expected_chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<ChunkId>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.id FROM documents d JOIN chunks c ON c.document = d.id
             WHERE d.knowledge_base = ? AND d.deleted_at IS NULL",
        )
        .bind(knowledge_base.0.as_bytes().as_slice())
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        rows.iter()
            .map(|row| rows::uuid(row, "id").map(ChunkId))
            .collect()
    }
}

/// Hides a document, removes its chunks and job, and queues the removal from the indexes.
pub(crate) async fn delete_in(
    write: &mut Transaction<'_, Sqlite>,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let id = id.as_bytes().as_slice();
    let found = sqlx::query("SELECT 1 FROM documents WHERE id = ? AND deleted_at IS NULL")
        .bind(id)
        .fetch_optional(&mut **write)
        .await
        .map_err(|error| failed(&error))?;
    if found.is_none() {
        return Ok(None);
    }
    for statement in [
        "INSERT INTO outbox (operation, chunk) SELECT 'delete', id FROM chunks WHERE document = ?",
        "DELETE FROM chunks WHERE document = ?",
        "DELETE FROM jobs WHERE document = ?",
    ] {
        sqlx::query(statement)
            .bind(id)
            .execute(&mut **write)
            .await
            .map_err(|error| failed(&error))?;
    }
    let last = last_sequence(write).await?;
    sqlx::query(
        "UPDATE documents SET deleted_at = ?, deleted_sequence = ?, updated_at = ?, live_generation = NULL,
                staged_generation = NULL, staged_sequence = NULL WHERE id = ?",
    )
    .bind(now.0)
    .bind(last)
    .bind(now.0)
    .bind(id)
    .execute(&mut **write)
    .await
    .map_err(|error| failed(&error))?;
    Ok(Some(last.unsigned_abs()))
}

/// The highest sequence that the outbox ever gave.
pub(crate) async fn last_sequence(write: &mut Transaction<'_, Sqlite>) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'outbox'",
    )
    .fetch_one(&mut **write)
    .await
    .map_err(|error| failed(&error))?;
    get(&row, "last")
}

async fn accept(
    write: &mut Transaction<'_, Sqlite>,
    new: &NewDocument,
    now: Timestamp,
) -> Result<AcceptOutcome, StoreError> {
    let same_bytes = find(
        write,
        sqlx::query("SELECT * FROM documents WHERE knowledge_base = ? AND sha256 = ? AND deleted_at IS NULL")
            .bind(new.knowledge_base.0.as_bytes().as_slice())
            .bind(new.sha256.0.as_slice()),
    );
    if let Some(document) = same_bytes.await? {
        return accept_known(write, document, new, now).await;
    }
    let same_name = find(
        write,
        sqlx::query(
            "SELECT * FROM documents WHERE knowledge_base = ? AND name = ? AND deleted_at IS NULL",
        )
        .bind(new.knowledge_base.0.as_bytes().as_slice())
        .bind(&new.name),
    );
    match same_name.await? {
        Some(document) => {
            sqlx::query(
                "UPDATE documents SET media_type = ?, sha256 = ?, bytes = ?, metadata = ? WHERE id = ?",
            )
            .bind(&new.media_type)
            .bind(new.sha256.0.as_slice())
            .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
            .bind(to_json(&new.metadata)?)
            .bind(document.id.0.as_bytes().as_slice())
            .execute(&mut **write)
            .await
            .map_err(|error| failed(&error))?;
            queue(write, document.id.0, now).await?;
            Ok(AcceptOutcome::Replaced(reload(write, document.id).await?))
        }
        None => {
            insert(write, new, now).await?;
            queue(write, new.id.0, now).await?;
            Ok(AcceptOutcome::Created(reload(write, new.id).await?))
        }
    }
}

async fn accept_known(
    write: &mut Transaction<'_, Sqlite>,
    document: Document,
    new: &NewDocument,
    now: Timestamp,
) -> Result<AcceptOutcome, StoreError> {
    let new_metadata = document.name == new.name && document.metadata != new.metadata;
    if new_metadata {
        sqlx::query("UPDATE documents SET metadata = ? WHERE id = ?")
            .bind(to_json(&new.metadata)?)
            .bind(document.id.0.as_bytes().as_slice())
            .execute(&mut **write)
            .await
            .map_err(|error| failed(&error))?;
    }
    if new_metadata || document.status == DocumentStatus::Failed {
        queue(write, document.id.0, now).await?;
    }
    Ok(AcceptOutcome::Unchanged(reload(write, document.id).await?))
}

async fn insert(
    write: &mut Transaction<'_, Sqlite>,
    new: &NewDocument,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
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
    .execute(&mut **write)
    .await
    .map(|_done| ())
    .map_err(|error| failed(&error))
}

/// Gives a document a fresh job, whatever became of an earlier one.
async fn queue(
    write: &mut Transaction<'_, Sqlite>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    let updated = sqlx::query(
        "UPDATE documents SET status = 'queued', progress = 0, failure_code = NULL, failure_message = NULL,
                stage_times = '{}', updated_at = ? WHERE id = ? AND deleted_at IS NULL",
    )
    .bind(now.0)
    .bind(id.as_bytes().as_slice())
    .execute(&mut **write)
    .await
    .map_err(|error| failed(&error))?;
    if updated.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("INSERT OR REPLACE INTO jobs (document, queued_at, next_at) VALUES (?1, ?2, ?2)")
        .bind(id.as_bytes().as_slice())
        .bind(now.0)
        .execute(&mut **write)
        .await
        .map(|_done| ())
        .map_err(|error| failed(&error))
}

async fn find(
    write: &mut Transaction<'_, Sqlite>,
    query: sqlx::query::Query<'_, Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<Option<Document>, StoreError> {
    let row = query
        .fetch_optional(&mut **write)
        .await
        .map_err(|error| failed(&error))?;
    row.as_ref().map(rows::document).transpose()
}

async fn reload(
    write: &mut Transaction<'_, Sqlite>,
    id: DocumentId,
) -> Result<Document, StoreError> {
    let row = sqlx::query("SELECT * FROM documents WHERE id = ?")
        .bind(id.0.as_bytes().as_slice())
        .fetch_one(&mut **write)
        .await
        .map_err(|error| failed(&error))?;
    rows::document(&row)
}

fn page(rows: &[SqliteRow], limit: usize) -> Result<DocumentPage, StoreError> {
    let documents = rows
        .iter()
        .take(limit)
        .map(rows::document)
        .collect::<Result<Vec<_>, _>>()?;
    let next_cursor = if rows.len() > limit {
        documents
            .last()
            .map(|last| format!("{}.{}", last.created_at.0, last.id))
    } else {
        None
    };
    Ok(DocumentPage {
        documents,
        next_cursor,
    })
}

fn parse_cursor(cursor: &str) -> Result<(i64, Uuid), StoreError> {
    let parsed = cursor
        .split_once('.')
        .and_then(|(created_at, id)| Some((created_at.parse().ok()?, Uuid::parse_str(id).ok()?)));
    parsed.ok_or(StoreError::BadCursor)
}
