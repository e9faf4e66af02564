//! What goes together when chunks, documents and knowledge bases go.

use riddle_core::{ContentHash, StoreError, Timestamp};
use uuid::Uuid;

use crate::rows::{self, get, hex_list};
use crate::sql::{self, Transaction};

/// Hides documents that are not deleted yet, removes their chunks and jobs, and queues the removal from the indexes.
/// Returns the last sequence that matters to them.
pub(crate) async fn delete_documents(
    write: &mut Transaction,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<i64, StoreError> {
    let ids = hex_list(ids.iter().map(|id| id.as_bytes().as_slice()));
    for statement in [
        "INSERT INTO outbox (operation, chunk)
         SELECT 'delete', id FROM chunks WHERE document IN (SELECT unhex(value) FROM json_each(?))",
        "INSERT INTO loose_texts (text_hash, in_work)
         SELECT DISTINCT text_hash, 0 FROM chunks WHERE document IN (SELECT unhex(value) FROM json_each(?))
         ON CONFLICT (text_hash) DO UPDATE SET in_work = 0",
        "DELETE FROM chunks WHERE document IN (SELECT unhex(value) FROM json_each(?))",
        "DELETE FROM jobs WHERE document IN (SELECT unhex(value) FROM json_each(?))",
    ] {
        sql::query(statement).bind(&ids).run(write).await?;
    }
    let last = last_sequence(write).await?;
    sql::query(
        "UPDATE documents SET deleted_at = ?1, deleted_sequence = ?2, updated_at = ?1, live_generation = NULL,
                staged_generation = NULL, staged_sequence = NULL, staged_at = NULL
         WHERE id IN (SELECT unhex(value) FROM json_each(?3))",
    )
    .bind(now.0)
    .bind(last)
    .bind(ids)
    .run(write)
    .await?;
    Ok(last)
}

/// Removes the chunks of a document's generations below `generation` and queues their removal from the indexes.
pub(crate) async fn remove_older_chunks(
    write: &mut Transaction,
    document: &[u8],
    generation: i64,
) -> Result<(), StoreError> {
    for statement in [
        "INSERT INTO outbox (operation, chunk)
         SELECT 'delete', id FROM chunks WHERE document = ? AND generation < ?",
        "INSERT INTO loose_texts (text_hash, in_work)
         SELECT DISTINCT text_hash, 0 FROM chunks WHERE document = ? AND generation < ?
         ON CONFLICT (text_hash) DO UPDATE SET in_work = 0",
        "DELETE FROM chunks WHERE document = ? AND generation < ?",
    ] {
        sql::query(statement)
            .bind(document)
            .bind(generation)
            .run(write)
            .await?;
    }
    Ok(())
}

/// Removes the rows of documents and knowledge bases that no index holds any more, and returns the blobs that nothing
/// refers to.
pub(crate) async fn purge(
    write: &mut Transaction,
    position: i64,
) -> Result<Vec<ContentHash>, StoreError> {
    for statement in [
        "INSERT INTO replaced_blobs (sha256) SELECT DISTINCT sha256 FROM documents WHERE deleted_sequence <= ?
         ON CONFLICT DO NOTHING",
        "DELETE FROM documents WHERE deleted_sequence <= ?",
    ] {
        sql::query(statement).bind(position).run(write).await?;
    }
    let unreferenced = sql::query(
        "SELECT sha256 FROM replaced_blobs r
         WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.sha256 = r.sha256)",
    )
    .rows(&mut *write)
    .await?;
    for statement in [
        "DELETE FROM replaced_blobs",
        "DELETE FROM knowledge_bases WHERE deleted_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.knowledge_base = knowledge_bases.id)",
    ] {
        sql::query(statement).run(write).await?;
    }
    unreferenced
        .iter()
        .map(|row| rows::hash(row, "sha256"))
        .collect()
}

/// The highest sequence that the outbox ever gave.
pub(crate) async fn last_sequence(write: &mut Transaction) -> Result<i64, StoreError> {
    let row = sql::query(
        "SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'outbox'",
    )
    .row(&mut *write)
    .await?;
    get(&row, "last")
}
