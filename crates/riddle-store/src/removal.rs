//! What goes together when chunks, documents and knowledge bases go.

use riddle_core::{ContentHash, StoreError, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::rows::{self, get, hex_list};
use crate::run::Run;

/// Hides documents that are not deleted yet, removes their chunks and jobs, and queues the removal from the indexes.
/// Returns the last sequence that matters to them.
pub(crate) async fn delete_documents(
    write: &mut SqliteConnection,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<i64, StoreError> {
    let ids = hex_list(ids.iter().map(|id| id.as_bytes().as_slice()));
    for statement in [
        "INSERT INTO outbox (operation, chunk)
         SELECT 'delete', id FROM chunks WHERE document IN (SELECT unhex(value) FROM json_each(?))",
        "INSERT INTO loose_texts (text_hash, in_work)
         SELECT text_hash, 0 FROM chunks WHERE document IN (SELECT unhex(value) FROM json_each(?))
         ON CONFLICT DO UPDATE SET in_work = 0",
        "DELETE FROM chunks WHERE document IN (SELECT unhex(value) FROM json_each(?))",
        "DELETE FROM jobs WHERE document IN (SELECT unhex(value) FROM json_each(?))",
    ] {
        sqlx::query(statement).bind(&ids).run(write).await?;
    }
    let last = last_sequence(write).await?;
    sqlx::query(
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
    write: &mut SqliteConnection,
    document: &[u8],
    generation: i64,
) -> Result<(), StoreError> {
    for statement in [
        "INSERT INTO outbox (operation, chunk)
         SELECT 'delete', id FROM chunks WHERE document = ? AND generation < ?",
        "INSERT INTO loose_texts (text_hash, in_work)
         SELECT text_hash, 0 FROM chunks WHERE document = ? AND generation < ?
         ON CONFLICT DO UPDATE SET in_work = 0",
        "DELETE FROM chunks WHERE document = ? AND generation < ?",
    ] {
        sqlx::query(statement)
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
    write: &mut SqliteConnection,
    position: i64,
) -> Result<Vec<ContentHash>, StoreError> {
    for statement in [
        "INSERT OR IGNORE INTO replaced_blobs (sha256) SELECT sha256 FROM documents WHERE deleted_sequence <= ?",
        "DELETE FROM documents WHERE deleted_sequence <= ?",
    ] {
        sqlx::query(statement).bind(position).run(write).await?;
    }
    let unreferenced = sqlx::query(
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
        sqlx::query(statement).run(write).await?;
    }
    unreferenced
        .iter()
        .map(|row| rows::hash(row, "sha256"))
        .collect()
}

/// The highest sequence that the outbox ever gave.
pub(crate) async fn last_sequence(write: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT coalesce(max(seq), 0) AS last FROM sqlite_sequence WHERE name = 'outbox'",
    )
    .row(&mut *write)
    .await?;
    get(&row, "last")
}
