use riddle_core::{Document, DocumentStatus, StageTimes, StoreError, Timestamp};

use crate::removal::remove_older_chunks;
use crate::rows::{self, get, to_json};
use crate::sql::{self, Row, Transaction};

/// Moves the live generation of one document, given as its row with `has_job`, to the staged one.
pub(crate) async fn publish(
    write: &mut Transaction,
    row: &Row,
    now: Timestamp,
) -> Result<Document, StoreError> {
    let id: Vec<u8> = get(row, "id")?;
    let generation: i64 = get(row, "staged_generation")?;
    remove_older_chunks(write, &id, generation).await?;
    let staged_at: Option<i64> = get(row, "staged_at")?;
    let mut times: StageTimes = rows::document(row)?.stage_times;
    let indexing_ms = now.0.saturating_sub(staged_at.unwrap_or(now.0)).max(0);
    times.indexing_ms = Some(indexing_ms.unsigned_abs());
    // Where newer bytes wait or have failed since, status, progress and times are theirs.
    let is_last = get::<String>(row, "status")? == DocumentStatus::Indexing.as_str()
        && !get::<bool>(row, "has_job")?;
    let row = sql::query(
        "UPDATE documents SET live_generation = staged_generation, staged_generation = NULL, staged_sequence = NULL,
                staged_at = NULL,
                chunk_count = (SELECT count(*) FROM chunks c WHERE c.document = ?1 AND c.generation = ?2),
                stage_times = CASE WHEN ?3 = 1 THEN ?4 ELSE stage_times END,
                progress = CASE WHEN ?3 = 1 THEN 1 ELSE progress END,
                status = CASE WHEN ?3 = 1 THEN 'ready' ELSE status END, updated_at = ?5
         WHERE id = ?1 RETURNING *",
    )
    .bind(&id)
    .bind(generation)
    .bind(is_last)
    .bind(to_json(&times)?)
    .bind(now.0)
    .row(&mut *write)
    .await?;
    rows::document(&row)
}
