mod accept;
mod list;

use std::collections::HashMap;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use riddle_core::{
    AcceptOutcome, ChunkId, ChunkRecord, ContentHash, Document, DocumentId, DocumentPage,
    DocumentQuery, DocumentStatus, DocumentStore, KnowledgeBaseId, NewDocument, ScoredChunk,
    StoreDigest, StoreError, Timestamp, document_name,
};

use crate::documents::accept::{accept, queue};
#[cfg(test)]
pub(crate) use crate::documents::list::{count_sql, folders_sql, list_sql};
use crate::removal::delete_documents;
use crate::rows::{self, get, hex_list, number, to_json};
use crate::sql;
use crate::store::{SqlStore, signed};

/// Every enabled chunk's row is expected: those of older generations are removed in the transaction that queues their
/// removal.
const EXPECTED_CHUNKS: &str = "SELECT c.id FROM documents d JOIN chunks c ON c.document = d.id
     WHERE d.knowledge_base = ? AND d.deleted_at IS NULL AND c.enabled = 1";

/// Chunks by id, in the order of the ids. The joins are crossed so that the planner keeps their order.
pub(crate) const LIVE_CHUNKS: &str = "SELECT c.*, d.knowledge_base, k.name AS knowledge_base_name, d.name AS document_name,
                    d.metadata, d.own_metadata
             FROM json_each(?) wanted
             CROSS JOIN chunks c ON c.id = unhex(wanted.value) AND c.enabled = 1
                 AND coalesce(c.changed_sequence, 0) <= ?
             CROSS JOIN documents d ON d.id = c.document AND d.live_generation = c.generation AND d.deleted_at IS NULL
             CROSS JOIN knowledge_bases k ON k.id = d.knowledge_base
             ORDER BY wanted.key";

/// The documents of these names.
pub(crate) const NAMED: &str = "SELECT d.name, d.id FROM json_each(?) wanted
             CROSS JOIN documents d ON d.knowledge_base = ? AND d.name = wanted.value AND d.deleted_at IS NULL";

/// Documents by status.
pub(crate) const COUNT: &str = "SELECT status, count(*) AS documents FROM documents
             WHERE knowledge_base = ? AND deleted_at IS NULL GROUP BY status";

#[async_trait]
impl DocumentStore for SqlStore {
    async fn accept_document(
        &self,
        new: &NewDocument,
        now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError> {
        let mut write = self.write().await?;
        let outcome = Box::pin(accept(&mut write, new, now)).await?;
        write.commit().await?;
        Ok(outcome)
    }

    async fn requeue_document(
        &self,
        id: DocumentId,
        request_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        queue(&mut write, id.0, request_id, now).await?;
        write.commit().await
    }

    async fn lookup_document(&self, id: DocumentId) -> Result<Option<Document>, StoreError> {
        let row = sql::query("SELECT * FROM documents WHERE id = ? AND deleted_at IS NULL")
            .bind(id.0.as_bytes().as_slice())
            .row_if_any(&self.reader)
            .await?;
        row.as_ref().map(rows::document).transpose()
    }

    async fn list_documents(
        &self,
        knowledge_base: KnowledgeBaseId,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        list::list(self, knowledge_base, query).await
    }

    async fn count_documents(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<(DocumentStatus, u64)>, StoreError> {
        let rows = sql::query(COUNT)
            .bind(knowledge_base.0.as_bytes().as_slice())
            .rows(&self.reader)
            .await?;
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
        let found = sql::query("SELECT 1 FROM documents WHERE id = ? AND deleted_at IS NULL")
            .bind(id.0.as_bytes().as_slice())
            .row_if_any(&mut *write)
            .await?;
        if found.is_none() {
            return Ok(None);
        }
        let last = delete_documents(&mut write, &[id.0], now).await?;
        write.commit().await?;
        Ok(Some(last.unsigned_abs()))
    }

    async fn live_chunks(
        &self,
        knowledge_bases: &[KnowledgeBaseId],
        hits: &[ScoredChunk],
        position: u64,
    ) -> Result<Vec<ChunkRecord>, StoreError> {
        let rows = sql::query(LIVE_CHUNKS)
            .bind(hex_list(
                hits.iter().map(|hit| hit.chunk.0.as_bytes().as_slice()),
            ))
            .bind(signed(position))
            .rows(&self.reader)
            .await?;
        let mut chunks = rows
            .iter()
            .map(rows::chunk)
            .collect::<Result<Vec<_>, _>>()?;
        chunks.retain(|chunk| knowledge_bases.contains(&chunk.knowledge_base));
        Ok(chunks)
    }

    async fn documents_named(
        &self,
        knowledge_base: KnowledgeBaseId,
        names: &[String],
    ) -> Result<HashMap<String, DocumentId>, StoreError> {
        let spelled: Vec<(&String, String)> = names
            .iter()
            .filter_map(|name| Some((name, document_name(name).ok()?)))
            .collect();
        let rows = sql::query(NAMED)
            .bind(to_json(
                &spelled.iter().map(|(_, name)| name).collect::<Vec<_>>(),
            )?)
            .bind(knowledge_base.0.as_bytes().as_slice())
            .rows(&self.reader)
            .await?;
        let mut found = HashMap::new();
        for row in &rows {
            let name: String = get(row, "name")?;
            found.insert(name, DocumentId(rows::uuid(row, "id")?));
        }
        let asked = spelled.into_iter();
        Ok(asked
            .filter_map(|(name, spelled)| Some((name.clone(), *found.get(&spelled)?)))
            .collect())
    }

    async fn chunk_digest(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<StoreDigest, StoreError> {
        let mut rows = sql::query(EXPECTED_CHUNKS)
            .bind(knowledge_base.0.as_bytes().as_slice())
            .stream(&self.reader);
        let mut total = StoreDigest::default();
        while let Some(row) = rows.try_next().await? {
            let one = StoreDigest::of([ChunkId(rows::uuid(&row, "id")?)]);
            total.count += one.count;
            total.digest ^= one.digest;
        }
        Ok(total)
    }

    async fn unreferenced_blobs(
        &self,
        blobs: &[ContentHash],
    ) -> Result<Vec<ContentHash>, StoreError> {
        let rows = sql::query(
            "SELECT unhex(found.value) AS sha256 FROM json_each(?) found
             WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.sha256 = unhex(found.value))",
        )
        .bind(hex_list(blobs.iter().map(|hash| hash.0.as_slice())))
        .rows(&self.reader)
        .await?;
        rows.iter().map(|row| rows::hash(row, "sha256")).collect()
    }

    async fn expected_chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<ChunkId>, StoreError> {
        let rows = sql::query(EXPECTED_CHUNKS)
            .bind(knowledge_base.0.as_bytes().as_slice())
            .rows(&self.reader)
            .await?;
        rows.iter()
            .map(|row| rows::uuid(row, "id").map(ChunkId))
            .collect()
    }
}
