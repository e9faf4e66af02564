use async_trait::async_trait;
use riddle_core::{
    ChunkId, ContentHash, Document, KnowledgeBaseId, NewChunk, OutboxRow, OutboxStore,
    StageOutcome, StageTimes, StagedDocument, StoreError, Timestamp,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};

use crate::documents::last_sequence;
use crate::rows::{self, get, hex_list, number, to_json};
use crate::sqlite::{SqliteStore, failed};

#[async_trait]
impl OutboxStore for SqliteStore {
    async fn stage_document(
        &self,
        staged: &StagedDocument,
        now: Timestamp,
    ) -> Result<StageOutcome, StoreError> {
        let mut write = self.write().await?;
        if !is_wanted(&mut write, staged).await? {
            return Ok(StageOutcome::Superseded);
        }
        for chunk in &staged.chunks {
            insert_chunk(&mut write, staged, chunk).await?;
        }
        let id = staged.document.0.as_bytes().as_slice();
        sqlx::query(
            "INSERT INTO outbox (operation, chunk)
             SELECT 'upsert', id FROM chunks WHERE document = ? AND generation = ? ORDER BY ordinal",
        )
        .bind(id)
        .bind(staged.generation)
        .execute(&mut *write)
        .await
        .map_err(|error| failed(&error))?;
        let last = last_sequence(&mut write).await?;
        sqlx::query(
            "UPDATE documents SET status = 'indexing', progress = 0.95, embedded_chunks = ?1, stage_times = ?2,
                    staged_generation = ?3, staged_sequence = ?4, staged_at = ?5, updated_at = ?5 WHERE id = ?6",
        )
        .bind(staged.embedded_chunks)
        .bind(to_json(&staged.stage_times)?)
        .bind(staged.generation)
        .bind(last)
        .bind(now.0)
        .bind(id)
        .execute(&mut *write)
        .await
        .map_err(|error| failed(&error))?;
        sqlx::query("DELETE FROM jobs WHERE document = ?")
            .bind(id)
            .execute(&mut *write)
            .await
            .map_err(|error| failed(&error))?;
        write.commit().await.map_err(|error| failed(&error))?;
        Ok(StageOutcome::Staged(last.unsigned_abs()))
    }

    async fn outbox_after(&self, sequence: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT o.sequence, o.operation, o.chunk, c.*, d.knowledge_base, d.name AS document_name, d.metadata,
                    k.embedder_fingerprint
             FROM outbox o
             LEFT JOIN chunks c ON o.operation = 'upsert' AND c.id = o.chunk
             LEFT JOIN documents d ON d.id = c.document
             LEFT JOIN knowledge_bases k ON k.id = d.knowledge_base
             WHERE o.sequence > ? ORDER BY o.sequence LIMIT ?",
        )
        .bind(signed(sequence))
        .bind(limit)
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        rows.iter().map(outbox_row).collect()
    }

    async fn outbox_bounds(&self) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(
            "SELECT coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'outbox'), 0) AS last, trimmed
             FROM outbox_state",
        )
        .fetch_one(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        Ok((number(&row, "last")?, number(&row, "trimmed")?))
    }

    async fn publish_documents(
        &self,
        position: u64,
        now: Timestamp,
    ) -> Result<Vec<Document>, StoreError> {
        let waiting = sqlx::query("SELECT id FROM documents WHERE staged_sequence <= ? LIMIT 1")
            .bind(signed(position))
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| failed(&error))?;
        if waiting.is_none() {
            return Ok(Vec::new());
        }
        let mut write = self.write().await?;
        let due = sqlx::query(
            "SELECT * FROM documents WHERE staged_sequence <= ? ORDER BY staged_sequence",
        )
        .bind(signed(position))
        .fetch_all(&mut *write)
        .await
        .map_err(|error| failed(&error))?;
        let mut published = Vec::with_capacity(due.len());
        for row in &due {
            published.push(publish(&mut write, row, now).await?);
        }
        write.commit().await.map_err(|error| failed(&error))?;
        Ok(published)
    }

    async fn trim_outbox(&self, position: u64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for statement in [
            "DELETE FROM outbox WHERE sequence <= ?",
            "UPDATE outbox_state SET trimmed = max(trimmed, ?)",
        ] {
            sqlx::query(statement)
                .bind(signed(position))
                .execute(&mut *write)
                .await
                .map_err(|error| failed(&error))?;
        }
        write.commit().await.map_err(|error| failed(&error))
    }

    async fn enqueue_all_chunks(
        &self,
        knowledge_base: Option<KnowledgeBaseId>,
    ) -> Result<u64, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO outbox (operation, chunk)
             SELECT 'upsert', c.id FROM documents d JOIN chunks c ON c.document = d.id
             WHERE d.deleted_at IS NULL AND (?1 IS NULL OR d.knowledge_base = ?1)",
        )
        .bind(knowledge_base.map(|id| id.0.as_bytes().to_vec()))
        .execute(&mut *write)
        .await
        .map_err(|error| failed(&error))?;
        write.commit().await.map_err(|error| failed(&error))?;
        Ok(done.rows_affected())
    }

    async fn enqueue_chunks(&self, chunks: &[ChunkId]) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO outbox (operation, chunk)
             SELECT CASE WHEN c.id IS NULL THEN 'delete' ELSE 'upsert' END, unhex(wanted.value)
             FROM json_each(?) wanted LEFT JOIN chunks c ON c.id = unhex(wanted.value)",
        )
        .bind(hex_list(
            chunks.iter().map(|chunk| chunk.0.as_bytes().as_slice()),
        ))
        .execute(&mut *write)
        .await
        .map_err(|error| failed(&error))?;
        write.commit().await.map_err(|error| failed(&error))
    }

    async fn purge_deleted(&self, position: u64) -> Result<Vec<ContentHash>, StoreError> {
        let waiting = sqlx::query(
            "SELECT 1 FROM documents WHERE deleted_sequence <= ?
             UNION ALL SELECT 1 FROM knowledge_bases WHERE deleted_at IS NOT NULL LIMIT 1",
        )
        .bind(signed(position))
        .fetch_optional(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
        if waiting.is_none() {
            return Ok(Vec::new());
        }
        let mut write = self.write().await?;
        let purged = purge(&mut write, position).await?;
        write.commit().await.map_err(|error| failed(&error))?;
        Ok(purged)
    }
}

/// Whether the staged work is of the document as it is now, and newer than what is staged or live.
async fn is_wanted(
    write: &mut Transaction<'_, Sqlite>,
    staged: &StagedDocument,
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT 1 FROM documents WHERE id = ? AND sha256 = ? AND deleted_at IS NULL
         AND ? > max(coalesce(staged_generation, 0), coalesce(live_generation, 0))",
    )
    .bind(staged.document.0.as_bytes().as_slice())
    .bind(staged.sha256.0.as_slice())
    .bind(staged.generation)
    .fetch_optional(&mut **write)
    .await
    .map_err(|error| failed(&error))?;
    Ok(found.is_some())
}

async fn insert_chunk(
    write: &mut Transaction<'_, Sqlite>,
    staged: &StagedDocument,
    chunk: &NewChunk,
) -> Result<(), StoreError> {
    let id = ChunkId::derive(staged.document, staged.generation, chunk.ordinal);
    sqlx::query(
        "INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end,
                             token_count, text_hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id.0.as_bytes().as_slice())
    .bind(staged.document.0.as_bytes().as_slice())
    .bind(staged.generation)
    .bind(chunk.ordinal)
    .bind(&chunk.text)
    .bind(to_json(&chunk.heading_path)?)
    .bind(chunk.page)
    .bind(chunk.span.start)
    .bind(chunk.span.end)
    .bind(chunk.token_count)
    .bind(chunk.text_hash().0.as_slice())
    .execute(&mut **write)
    .await
    .map(|_done| ())
    .map_err(|error| failed(&error))
}

fn outbox_row(row: &SqliteRow) -> Result<OutboxRow, StoreError> {
    let sequence = number(row, "sequence")?;
    let operation: String = get(row, "operation")?;
    if operation == "delete" {
        return Ok(OutboxRow::Delete {
            sequence,
            chunk: ChunkId(rows::uuid(row, "chunk")?),
        });
    }
    if get::<Option<Vec<u8>>>(row, "id")?.is_none() {
        return Ok(OutboxRow::Void { sequence });
    }
    Ok(OutboxRow::Upsert {
        sequence,
        chunk: Box::new(rows::chunk(row)?),
        embedder: get(row, "embedder_fingerprint")?,
    })
}

async fn publish(
    write: &mut Transaction<'_, Sqlite>,
    row: &SqliteRow,
    now: Timestamp,
) -> Result<Document, StoreError> {
    let id: Vec<u8> = get(row, "id")?;
    let generation: i64 = get(row, "staged_generation")?;
    for statement in [
        "INSERT INTO outbox (operation, chunk)
         SELECT 'delete', id FROM chunks WHERE document = ? AND generation < ?",
        "DELETE FROM chunks WHERE document = ? AND generation < ?",
    ] {
        sqlx::query(statement)
            .bind(&id)
            .bind(generation)
            .execute(&mut **write)
            .await
            .map_err(|error| failed(&error))?;
    }
    let staged_at: Option<i64> = get(row, "staged_at")?;
    let mut times: StageTimes = rows::document(row)?.stage_times;
    times.indexing_ms = Some(
        now.0
            .saturating_sub(staged_at.unwrap_or(now.0))
            .max(0)
            .unsigned_abs(),
    );
    // A job means that newer bytes wait already; then the document's status is about those.
    let row = sqlx::query(
        "UPDATE documents SET live_generation = staged_generation, staged_generation = NULL, staged_sequence = NULL,
                chunk_count = (SELECT count(*) FROM chunks c WHERE c.document = ?1 AND c.generation = ?2),
                status = CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE document = ?1) THEN status
                              WHEN failure_code IS NOT NULL THEN status ELSE 'ready' END,
                progress = CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE document = ?1) THEN progress ELSE 1 END,
                stage_times = ?3, updated_at = ?4
         WHERE id = ?1 RETURNING *",
    )
    .bind(&id)
    .bind(generation)
    .bind(to_json(&times)?)
    .bind(now.0)
    .fetch_one(&mut **write)
    .await
    .map_err(|error| failed(&error))?;
    rows::document(&row)
}

async fn purge(
    write: &mut Transaction<'_, Sqlite>,
    position: u64,
) -> Result<Vec<ContentHash>, StoreError> {
    let purged = sqlx::query("DELETE FROM documents WHERE deleted_sequence <= ? RETURNING sha256")
        .bind(signed(position))
        .fetch_all(&mut **write)
        .await
        .map_err(|error| failed(&error))?;
    let mut unreferenced = Vec::new();
    for row in &purged {
        let hash = rows::hash(row, "sha256")?;
        let referenced = sqlx::query("SELECT 1 FROM documents WHERE sha256 = ? LIMIT 1")
            .bind(hash.0.as_slice())
            .fetch_optional(&mut **write)
            .await
            .map_err(|error| failed(&error))?;
        if referenced.is_none() && !unreferenced.contains(&hash) {
            unreferenced.push(hash);
        }
    }
    sqlx::query(
        "DELETE FROM knowledge_bases WHERE deleted_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.knowledge_base = knowledge_bases.id)",
    )
    .execute(&mut **write)
    .await
    .map_err(|error| failed(&error))?;
    Ok(unreferenced)
}

fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
