use riddle_core::{ChunkId, NewChunk, StagedDocument, StoreError, Timestamp};

use crate::removal::last_sequence;
use crate::rows::to_json;
use crate::sql::{self, Transaction};

/// Chunks of one statement: the trip to the database thread costs about as much as a row.
const CHUNKS_PER_STATEMENT: usize = 64;

/// Writes the chunks of a generation and their outbox rows and ends the job. Returns the last sequence, or `None` if
/// nothing was written because nobody wants this generation any more.
pub(crate) async fn stage(
    write: &mut Transaction,
    staged: &StagedDocument,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    if !is_wanted(write, staged).await? {
        return Ok(None);
    }
    for chunks in staged.chunks.chunks(CHUNKS_PER_STATEMENT) {
        insert_chunks(write, staged, chunks).await?;
    }
    let id = staged.document.0.as_bytes().as_slice();
    for statement in [
        "INSERT INTO outbox (operation, chunk)
         SELECT 'upsert', id FROM chunks WHERE document = ? AND generation = ? ORDER BY ordinal",
        "DELETE FROM loose_texts WHERE text_hash IN
             (SELECT text_hash FROM chunks WHERE document = ? AND generation = ?)",
    ] {
        sql::query(statement)
            .bind(id)
            .bind(staged.generation)
            .run(write)
            .await?;
    }
    let last = last_sequence(write).await?;
    record(write, staged, last, now).await?;
    sql::query("DELETE FROM jobs WHERE document = ?")
        .bind(id)
        .run(write)
        .await?;
    Ok(Some(last))
}

/// Records at the document what was found in it, and what its indexing waits for.
async fn record(
    write: &mut Transaction,
    staged: &StagedDocument,
    last: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    // An older attempt at the same bytes may have failed meanwhile; that is of no interest any more.
    sql::query(
        "UPDATE documents SET status = 'indexing', progress = 0.95, failure_code = NULL, failure_message = NULL,
                embedded_chunks = ?1, stage_times = ?2, staged_generation = ?3, staged_sequence = ?4, staged_at = ?5,
                updated_at = ?5, title = ?7, unreadable_characters = ?8, recognised_pages = ?9, unread_pages = ?10,
                cut_pages = ?11, unread_frames = ?12, unread_attachments = ?13, own_metadata = ?14,
                unread_metadata = ?15
          WHERE id = ?6",
    )
    .bind(staged.embedded_chunks)
    .bind(to_json(&staged.stage_times)?)
    .bind(staged.generation)
    .bind(last)
    .bind(now.0)
    .bind(staged.document.0.as_bytes().as_slice())
    .bind(&staged.findings.title)
    .bind(staged.findings.unreadable_characters)
    .bind(staged.findings.recognised_pages.to_string())
    .bind(staged.findings.unread_pages)
    .bind(staged.findings.missing.cut_pages.to_string())
    .bind(staged.findings.missing.unread_frames)
    .bind(staged.findings.unread_attachments)
    .bind(to_json(&staged.findings.own_metadata.values)?)
    .bind(staged.findings.own_metadata.left_out)
    .run(write)
    .await?;
    Ok(())
}

/// Whether the staged work is of the document as it is now, and newer than what is staged or live.
async fn is_wanted(write: &mut Transaction, staged: &StagedDocument) -> Result<bool, StoreError> {
    let found = sql::query(
        "SELECT 1 FROM documents WHERE id = ?1 AND sha256 = ?2 AND deleted_at IS NULL
         AND ?3 > coalesce(staged_generation, 0) AND ?3 > coalesce(live_generation, 0)",
    )
    .bind(staged.document.0.as_bytes().as_slice())
    .bind(staged.sha256.0.as_slice())
    .bind(staged.generation)
    .row_if_any(&mut *write)
    .await?;
    Ok(found.is_some())
}

async fn insert_chunks(
    write: &mut Transaction,
    staged: &StagedDocument,
    chunks: &[NewChunk],
) -> Result<(), StoreError> {
    let texts = chunks
        .iter()
        .map(|chunk| Ok((to_json(&chunk.heading_path)?, places(chunk)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let start = "INSERT INTO chunks (id, document, generation, ordinal, text, heading_path, page, span_start, span_end,
                             token_count, text_hash, carried, places) ";
    let rows = chunks
        .iter()
        .zip(texts)
        .map(|(chunk, (heading_path, places))| {
            let id = ChunkId::derive(staged.document, staged.generation, chunk.ordinal);
            [
                id.0.as_bytes().as_slice().into(),
                staged.document.0.as_bytes().as_slice().into(),
                staged.generation.into(),
                chunk.ordinal.into(),
                chunk.text.as_str().into(),
                heading_path.into(),
                chunk.page.into(),
                chunk.span.start.into(),
                chunk.span.end.into(),
                chunk.token_count.into(),
                chunk.text_hash().0.as_slice().into(),
                chunk.carried.into(),
                places.into(),
            ]
        });
    sql::insert(start, rows, "").run(write).await?;
    Ok(())
}

fn places(chunk: &NewChunk) -> Result<Option<String>, StoreError> {
    (!chunk.places.is_empty())
        .then(|| to_json(&chunk.places))
        .transpose()
}
