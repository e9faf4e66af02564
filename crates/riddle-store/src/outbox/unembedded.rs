//! Chunks that wait for their vector.

use riddle_core::{ChunkId, KnowledgeBaseId, StoreError};

use crate::rows::{self, hex_list};
use crate::sql::{self, Row};
use crate::store::SqlStore;

/// The knowledge bases of the chunks that wait.
pub(crate) const BASES: &str = "SELECT DISTINCT d.knowledge_base FROM unembedded_chunks u
             CROSS JOIN chunks c ON c.id = u.chunk
             CROSS JOIN documents d ON d.id = c.document";

pub(super) async fn note(store: &SqlStore, chunks: &[ChunkId]) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    sql::query(
        "INSERT INTO unembedded_chunks (chunk)
         SELECT c.id FROM json_each(?) wanted CROSS JOIN chunks c ON c.id = unhex(wanted.value)
         WHERE TRUE ON CONFLICT (chunk) DO NOTHING",
    )
    .bind(hex_list(
        chunks.iter().map(|chunk| chunk.0.as_bytes().as_slice()),
    ))
    .run(&mut write)
    .await?;
    write.commit().await
}

pub(super) async fn knowledge_bases(store: &SqlStore) -> Result<Vec<KnowledgeBaseId>, StoreError> {
    let rows = sql::query(BASES).rows(&store.reader).await?;
    let id = |row: &Row| rows::uuid(row, "knowledge_base").map(KnowledgeBaseId);
    rows.iter().map(id).collect()
}

pub(super) async fn enqueue(store: &SqlStore, id: KnowledgeBaseId) -> Result<u64, StoreError> {
    let mut write = store.write().await?;
    let queued = sql::query(
        "INSERT INTO outbox (operation, chunk)
         SELECT 'upsert', u.chunk FROM unembedded_chunks u
         CROSS JOIN chunks c ON c.id = u.chunk CROSS JOIN documents d ON d.id = c.document
         WHERE d.knowledge_base = ?",
    )
    .bind(id.0.as_bytes().as_slice())
    .run(&mut write)
    .await?;
    sql::query(
        "DELETE FROM unembedded_chunks WHERE chunk IN
             (SELECT c.id FROM unembedded_chunks u
              CROSS JOIN chunks c ON c.id = u.chunk CROSS JOIN documents d ON d.id = c.document
              WHERE d.knowledge_base = ?)",
    )
    .bind(id.0.as_bytes().as_slice())
    .run(&mut write)
    .await?;
    write.commit().await?;
    Ok(queued.rows_affected())
}
