use riddle_core::{ChangeOutcome, ChunkChange, ContentHash, NewChunk, StoreError, Timestamp};

use super::LOOKUP;
use crate::rows::{self, get};
use crate::sql::{self, Transaction};

/// Original and change as revisions, the chunk as it is now, and the outbox row for the indexes.
pub(super) async fn change(
    write: &mut Transaction,
    change: &ChunkChange,
    now: Timestamp,
) -> Result<ChangeOutcome, StoreError> {
    let row = sql::query(LOOKUP)
        .bind(change.chunk.0.as_bytes().as_slice())
        .row_if_any(&mut *write)
        .await?;
    let Some(row) = row else {
        return Ok(ChangeOutcome::Gone);
    };
    let before = rows::curated(&row, u64::MAX)?;
    if before.state.revision != change.seen {
        return Ok(ChangeOutcome::Moved);
    }
    let before = before.record.chunk;
    if change.seen == 1 {
        let original = ChunkChange {
            chunk: change.chunk,
            seen: 0,
            text: before.text.clone(),
            token_count: before.token_count,
            enabled: true,
        };
        let processed_at = Timestamp(get(&row, "processed_at")?);
        insert_revision(write, &original, processed_at).await?;
    }
    insert_revision(write, change, now).await?;
    let after = NewChunk {
        text: change.text.clone(),
        ..before.clone()
    };
    move_text(write, before.text_hash(), after.text_hash()).await?;
    let sequence = enqueue(write, change).await?;
    update_chunk(write, change, after.text_hash(), sequence).await?;
    Ok(ChangeOutcome::Changed(sequence.unsigned_abs()))
}

/// Writes the revision that follows the one seen.
async fn insert_revision(
    write: &mut Transaction,
    change: &ChunkChange,
    created_at: Timestamp,
) -> Result<(), StoreError> {
    sql::query(
        "INSERT INTO chunk_revisions (chunk, revision, text, enabled, token_count, created_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(change.chunk.0.as_bytes().as_slice())
    .bind(change.seen + 1)
    .bind(&change.text)
    .bind(change.enabled)
    .bind(change.token_count)
    .bind(created_at.0)
    .run(write)
    .await?;
    Ok(())
}

/// The vector of the text that was may go, that of the text that is stays.
async fn move_text(
    write: &mut Transaction,
    before: ContentHash,
    after: ContentHash,
) -> Result<(), StoreError> {
    if before == after {
        return Ok(());
    }
    for (statement, hash) in [
        (
            "INSERT INTO loose_texts (text_hash, in_work) VALUES (?, 0)
             ON CONFLICT (text_hash) DO UPDATE SET in_work = 0",
            before,
        ),
        ("DELETE FROM loose_texts WHERE text_hash = ?", after),
    ] {
        sql::query(statement)
            .bind(hash.0.as_slice())
            .run(write)
            .await?;
    }
    Ok(())
}

async fn enqueue(write: &mut Transaction, change: &ChunkChange) -> Result<i64, StoreError> {
    let operation = if change.enabled { "upsert" } else { "delete" };
    let row = sql::query("INSERT INTO outbox (operation, chunk) VALUES (?, ?) RETURNING sequence")
        .bind(operation)
        .bind(change.chunk.0.as_bytes().as_slice())
        .row(write)
        .await?;
    get(&row, "sequence")
}

async fn update_chunk(
    write: &mut Transaction,
    change: &ChunkChange,
    text_hash: ContentHash,
    sequence: i64,
) -> Result<(), StoreError> {
    sql::query(
        "UPDATE chunks SET text = ?2, token_count = ?3, text_hash = ?4, enabled = ?5, revision = revision + 1,
                changed_sequence = ?6,
                edited = CASE WHEN ?2 = (SELECT text FROM chunk_revisions WHERE chunk = ?1 AND revision = 1)
                              THEN 0 ELSE 1 END
         WHERE id = ?1",
    )
    .bind(change.chunk.0.as_bytes().as_slice())
    .bind(&change.text)
    .bind(change.token_count)
    .bind(text_hash.0.as_slice())
    .bind(change.enabled)
    .bind(sequence)
    .run(write)
    .await?;
    Ok(())
}
