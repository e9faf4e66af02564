mod change;

use async_trait::async_trait;
use riddle_core::{
    ChangeOutcome, ChunkChange, ChunkId, ChunkRecord, ChunkRevision, ChunkStore, CuratedChunk,
    DocumentId, StoreError, Timestamp,
};

use crate::rows::{self, get, hex_list, number};
use crate::sql::{self, Row};
use crate::store::{SqlStore, signed};

/// A live chunk by id, with when its document was processed.
pub(crate) const LOOKUP: &str = "SELECT c.*, d.knowledge_base, k.name AS knowledge_base_name, d.name AS document_name,
                    d.metadata, d.own_metadata, d.updated_at AS processed_at
             FROM chunks c
             CROSS JOIN documents d ON d.id = c.document AND d.live_generation = c.generation AND d.deleted_at IS NULL
             CROSS JOIN knowledge_bases k ON k.id = d.knowledge_base
             WHERE c.id = ?";

/// Live chunks of a document.
pub(crate) const PAGE: &str = "SELECT c.*, d.knowledge_base, k.name AS knowledge_base_name, d.name AS document_name,
                    d.metadata, d.own_metadata
             FROM documents d JOIN chunks c ON c.document = d.id AND c.generation = d.live_generation
             JOIN knowledge_bases k ON k.id = d.knowledge_base
             WHERE d.id = ? AND d.deleted_at IS NULL AND c.ordinal >= ? ORDER BY c.ordinal LIMIT ?";

/// The first chunks of documents that searches can find.
pub(crate) const FIRST: &str = "SELECT c.*, d.knowledge_base, k.name AS knowledge_base_name, d.name AS document_name,
                    d.metadata, d.own_metadata
             FROM json_each(?1) wanted
             CROSS JOIN documents d ON d.id = unhex(wanted.value) AND d.deleted_at IS NULL
             CROSS JOIN chunks c ON c.id = (
                 SELECT first.id FROM chunks first
                 WHERE first.document = d.id AND first.generation = d.live_generation AND first.enabled = 1
                 AND coalesce(first.changed_sequence, 0) <= ?2 ORDER BY first.ordinal LIMIT 1)
             CROSS JOIN knowledge_bases k ON k.id = d.knowledge_base
             ORDER BY wanted.key";

/// A live chunk of a document that somebody has changed.
pub(crate) const CHANGED: &str = "SELECT c.id FROM documents d
             JOIN chunks c ON c.document = d.id AND c.generation = d.live_generation
             WHERE d.id = ? AND d.deleted_at IS NULL AND c.revision > 1 LIMIT 1";

/// What a chunk was.
pub(crate) const HISTORY: &str =
    "SELECT revision, text, token_count, enabled, created_at FROM chunk_revisions
             WHERE chunk = ? ORDER BY revision DESC";

#[async_trait]
impl ChunkStore for SqlStore {
    async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
        position: u64,
    ) -> Result<Vec<CuratedChunk>, StoreError> {
        let rows = sql::query(PAGE)
            .bind(id.0.as_bytes().as_slice())
            .bind(from_ordinal)
            .bind(limit)
            .rows(&self.reader)
            .await?;
        rows.iter()
            .map(|row| rows::curated(row, position))
            .collect()
    }

    async fn first_chunks(
        &self,
        documents: &[DocumentId],
        position: u64,
    ) -> Result<Vec<ChunkRecord>, StoreError> {
        let ids = documents.iter().map(|id| id.0.as_bytes().as_slice());
        let rows = sql::query(FIRST)
            .bind(hex_list(ids))
            .bind(signed(position))
            .rows(&self.reader)
            .await?;
        rows.iter().map(rows::chunk).collect()
    }

    async fn lookup_chunk(
        &self,
        id: ChunkId,
        position: u64,
    ) -> Result<Option<CuratedChunk>, StoreError> {
        let row = sql::query(LOOKUP)
            .bind(id.0.as_bytes().as_slice())
            .row_if_any(&self.reader)
            .await?;
        row.map(|row| rows::curated(&row, position)).transpose()
    }

    async fn has_changed_chunks(&self, id: DocumentId) -> Result<bool, StoreError> {
        let row = sql::query(CHANGED)
            .bind(id.0.as_bytes().as_slice())
            .row_if_any(&self.reader)
            .await?;
        Ok(row.is_some())
    }

    async fn change_chunk(
        &self,
        change: &ChunkChange,
        now: Timestamp,
    ) -> Result<ChangeOutcome, StoreError> {
        let mut write = self.write().await?;
        let outcome = change::change(&mut write, change, now).await?;
        write.commit().await?;
        Ok(outcome)
    }

    async fn chunk_history(&self, id: ChunkId) -> Result<Option<Vec<ChunkRevision>>, StoreError> {
        // One transaction, so that the present revision is among those read.
        let mut read = self.read().await?;
        let chunk = sql::query(LOOKUP)
            .bind(id.0.as_bytes().as_slice())
            .row_if_any(&mut read)
            .await?;
        let Some(chunk) = chunk else {
            return Ok(None);
        };
        let rows = sql::query(HISTORY)
            .bind(id.0.as_bytes().as_slice())
            .rows(&mut read)
            .await?;
        if rows.is_empty() {
            let created_at = Timestamp(get(&chunk, "processed_at")?);
            return Ok(Some(vec![revision(&chunk, created_at, 1)?]));
        }
        let current = number(&chunk, "revision")?;
        let revisions = rows
            .iter()
            .map(|row| revision(row, Timestamp(get(row, "created_at")?), current))
            .collect::<Result<_, _>>()?;
        Ok(Some(revisions))
    }
}

fn revision(row: &Row, created_at: Timestamp, current: u32) -> Result<ChunkRevision, StoreError> {
    let revision = number(row, "revision")?;
    Ok(ChunkRevision {
        revision,
        text: get(row, "text")?,
        token_count: number(row, "token_count")?,
        enabled: get(row, "enabled")?,
        created_at,
        current: revision == current,
    })
}
