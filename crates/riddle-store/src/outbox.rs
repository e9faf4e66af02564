mod publish;
mod stage;
pub(crate) mod unembedded;

use async_trait::async_trait;
use riddle_core::{
    ChunkId, ContentHash, Document, KnowledgeBaseId, OutboxRow, OutboxStore, StageOutcome,
    StagedDocument, StoreError, Timestamp,
};
use uuid::Uuid;

use crate::outbox::publish::publish;
use crate::outbox::stage::stage;
use crate::removal::purge;
use crate::rows::{self, get, hex_list, number};
use crate::sql::{self, Row};
use crate::store::{SqlStore, signed};

/// Outbox rows with what the indexes need.
pub(crate) const AFTER: &str =
    "SELECT o.sequence, o.operation, o.chunk, c.*, d.knowledge_base, d.name AS document_name,
                    d.metadata, d.own_metadata,
                    k.name AS knowledge_base_name, k.embedder_fingerprint
             FROM outbox o
             LEFT JOIN chunks c ON o.operation = 'upsert' AND c.id = o.chunk
             LEFT JOIN documents d ON d.id = c.document
             LEFT JOIN knowledge_bases k ON k.id = d.knowledge_base
             WHERE o.sequence > ? ORDER BY o.sequence LIMIT ?";

/// Documents to publish.
pub(crate) const DUE: &str =
    "SELECT *, EXISTS (SELECT 1 FROM jobs WHERE document = documents.id) AS has_job
             FROM documents WHERE staged_sequence <= ? ORDER BY staged_sequence";

/// Whether there is anything to purge.
pub(crate) const PURGEABLE: &str = "SELECT 1 FROM documents WHERE deleted_sequence <= ?
             UNION ALL SELECT 1 FROM replaced_blobs
             UNION ALL SELECT 1 FROM knowledge_bases WHERE deleted_at IS NOT NULL LIMIT 1";

#[async_trait]
impl OutboxStore for SqlStore {
    async fn stage_document(
        &self,
        staged: &StagedDocument,
        now: Timestamp,
    ) -> Result<StageOutcome, StoreError> {
        let mut write = self.write().await?;
        let Some(last) = stage(&mut write, staged, now).await? else {
            return Ok(StageOutcome::Superseded);
        };
        write.commit().await?;
        Ok(StageOutcome::Staged(last.unsigned_abs()))
    }

    async fn outbox_after(&self, sequence: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sql::query(AFTER)
            .bind(signed(sequence))
            .bind(limit)
            .rows(&self.reader)
            .await?;
        rows.iter().map(outbox_row).collect()
    }

    async fn outbox_bounds(&self) -> Result<(u64, u64), StoreError> {
        let row = sql::query(
            "SELECT coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'outbox'), 0) AS last, trimmed
             FROM outbox_state",
        )
        .row(&self.standing)
        .await?;
        Ok((number(&row, "last")?, number(&row, "trimmed")?))
    }

    async fn publish_documents(
        &self,
        position: u64,
        now: Timestamp,
    ) -> Result<Vec<Document>, StoreError> {
        let waiting = sql::query("SELECT id FROM documents WHERE staged_sequence <= ? LIMIT 1")
            .bind(signed(position))
            .row_if_any(&self.reader)
            .await?;
        if waiting.is_none() {
            return Ok(Vec::new());
        }
        let mut write = self.write().await?;
        let due = sql::query(DUE)
            .bind(signed(position))
            .rows(&mut *write)
            .await?;
        let mut published = Vec::with_capacity(due.len());
        for row in &due {
            published.push(publish(&mut write, row, now).await?);
        }
        write.commit().await?;
        Ok(published)
    }

    async fn trim_outbox(&self, position: u64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for statement in [
            "DELETE FROM outbox WHERE sequence <= ?",
            "UPDATE outbox_state SET trimmed = ?1 WHERE trimmed < ?1",
        ] {
            sql::query(statement)
                .bind(signed(position))
                .run(&mut write)
                .await?;
        }
        write.commit().await
    }

    async fn enqueue_all_chunks(
        &self,
        knowledge_base: Option<KnowledgeBaseId>,
    ) -> Result<u64, StoreError> {
        let mut write = self.write().await?;
        let done = sql::query(
            "INSERT INTO outbox (operation, chunk)
             SELECT 'upsert', c.id FROM documents d JOIN chunks c ON c.document = d.id
             WHERE d.deleted_at IS NULL AND c.enabled = 1 AND (d.knowledge_base = ?1 OR ?1 IS NULL)",
        )
        .bind(knowledge_base.map(|id| id.0.as_bytes().to_vec()))
        .run(&mut write)
        .await?;
        if done.rows_affected() == 0 {
            // An index that starts from nothing could otherwise never reach the position of what was trimmed.
            sql::query("INSERT INTO outbox (operation, chunk) VALUES ('upsert', ?)")
                .bind(Uuid::nil().as_bytes().as_slice())
                .run(&mut write)
                .await?;
        }
        write.commit().await?;
        Ok(done.rows_affected())
    }

    async fn enqueue_chunks(&self, chunks: &[ChunkId]) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sql::query(
            "INSERT INTO outbox (operation, chunk)
             SELECT CASE WHEN c.enabled = 1 THEN 'upsert' ELSE 'delete' END, unhex(wanted.value)
             FROM json_each(?) wanted LEFT JOIN chunks c ON c.id = unhex(wanted.value)
             ORDER BY wanted.key",
        )
        .bind(hex_list(
            chunks.iter().map(|chunk| chunk.0.as_bytes().as_slice()),
        ))
        .run(&mut write)
        .await?;
        write.commit().await
    }

    async fn note_unembedded(&self, chunks: &[ChunkId]) -> Result<(), StoreError> {
        unembedded::note(self, chunks).await
    }

    async fn unembedded_knowledge_bases(&self) -> Result<Vec<KnowledgeBaseId>, StoreError> {
        unembedded::knowledge_bases(self).await
    }

    async fn enqueue_unembedded(&self, knowledge_base: KnowledgeBaseId) -> Result<u64, StoreError> {
        unembedded::enqueue(self, knowledge_base).await
    }

    async fn purge_deleted(&self, position: u64) -> Result<Vec<ContentHash>, StoreError> {
        let waiting = sql::query(PURGEABLE)
            .bind(signed(position))
            .row_if_any(&self.reader)
            .await?;
        if waiting.is_none() {
            return Ok(Vec::new());
        }
        let mut write = self.write().await?;
        let purged = purge(&mut write, signed(position)).await?;
        write.commit().await?;
        Ok(purged)
    }
}

fn outbox_row(row: &Row) -> Result<OutboxRow, StoreError> {
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
    if !get::<bool>(row, "enabled")? {
        return Ok(OutboxRow::Delete {
            sequence,
            chunk: ChunkId(rows::uuid(row, "chunk")?),
        });
    }
    Ok(OutboxRow::Upsert {
        sequence,
        chunk: Box::new(rows::chunk(row)?),
        embedder: get(row, "embedder_fingerprint")?,
    })
}
