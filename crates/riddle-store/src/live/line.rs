use riddle_core::{KnowledgeBaseId, LiveOutcome, LiveQuestion, MessageId, StoreError, Timestamp};

use crate::rows::{self, get, number, to_json};
use crate::sql::{self, Transaction};
use crate::store::SqlStore;

/// A question stands right before its answer. A chat whose question is gone has none to search.
pub(crate) const NEXT: &str =
    "SELECT l.message, l.knowledge_base, l.asked_at, coalesce(q.rewritten, q.text) AS question
     FROM live_questions l
     CROSS JOIN chat_messages m ON m.id = l.message
     CROSS JOIN chat_messages q ON q.chat = m.chat AND q.place = m.place - 1
     WHERE l.trial IS NULL ORDER BY l.asked_at, l.message LIMIT 1";

pub(super) async fn insert(
    store: &SqlStore,
    message: MessageId,
    knowledge_base: KnowledgeBaseId,
    at: Timestamp,
    most: u32,
) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let inserted = sql::query(
        "INSERT INTO live_questions (message, knowledge_base, asked_at)
         SELECT m.id, k.id, ?3 FROM chat_messages m, knowledge_bases k
         WHERE m.id = ?1 AND k.id = ?2 AND k.deleted_at IS NULL
           AND (SELECT count(*) FROM live_questions WHERE trial IS NULL) < ?4
         ON CONFLICT DO NOTHING",
    )
    .bind(message.0.as_bytes().as_slice())
    .bind(knowledge_base.0.as_bytes().as_slice())
    .bind(at.0)
    .bind(i64::from(most))
    .run(&mut write)
    .await?;
    write.commit().await?;
    Ok(inserted.rows_affected() > 0)
}

pub(super) async fn next(store: &SqlStore) -> Result<Option<LiveQuestion>, StoreError> {
    let row = sql::query(NEXT).row_if_any(&store.reader).await?;
    let question = row.map(|row| {
        Ok(LiveQuestion {
            message: MessageId(rows::uuid(&row, "message")?),
            knowledge_base: KnowledgeBaseId(rows::uuid(&row, "knowledge_base")?),
            question: get(&row, "question")?,
            asked_at: Timestamp(get(&row, "asked_at")?),
        })
    });
    question.transpose()
}

pub(super) async fn keep(
    store: &SqlStore,
    message: MessageId,
    outcome: &LiveOutcome,
    at: Timestamp,
) -> Result<(), StoreError> {
    let message = message.0.as_bytes().as_slice();
    let mut write = store.write().await?;
    let row = sql::query("SELECT knowledge_base FROM live_questions WHERE message = ?")
        .bind(message)
        .row_if_any(&mut *write)
        .await?;
    // Its chat was deleted while it was searched.
    let Some(row) = row else { return Ok(()) };
    let knowledge_base: Vec<u8> = get(&row, "knowledge_base")?;
    let trial = trial(&mut write, &knowledge_base, &to_json(&outcome.arms)?, at).await?;
    let score = &outcome.score;
    sql::query(
        "UPDATE live_questions SET trial = ?2, searched_at = ?3, replaced = ?4, first_changed = ?5, present_ms = ?6,
            other_ms = ?7, sources = ?8
         WHERE message = ?1",
    )
    .bind(message)
    .bind(trial)
    .bind(at.0)
    .bind(i64::from(score.replaced))
    .bind(score.first_changed)
    .bind(score.present_ms)
    .bind(score.other_ms)
    .bind(to_json(&outcome.sources)?)
    .run(&mut write)
    .await?;
    write.commit().await
}

/// The number of the trial of these arms, which is made if it is not there.
async fn trial(
    write: &mut Transaction,
    knowledge_base: &[u8],
    arms: &str,
    at: Timestamp,
) -> Result<i64, StoreError> {
    sql::query(
        "INSERT INTO live_trials (knowledge_base, arms, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(knowledge_base)
    .bind(arms)
    .bind(at.0)
    .run(write)
    .await?;
    let row = sql::query("SELECT id FROM live_trials WHERE knowledge_base = ? AND arms = ?")
        .bind(knowledge_base)
        .bind(arms)
        .row(write)
        .await?;
    get(&row, "id")
}

pub(super) async fn remove(store: &SqlStore, message: MessageId) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    sql::query("DELETE FROM live_questions WHERE message = ? AND trial IS NULL")
        .bind(message.0.as_bytes().as_slice())
        .run(&mut write)
        .await?;
    write.commit().await
}

pub(super) async fn count(store: &SqlStore) -> Result<u64, StoreError> {
    let row = sql::query("SELECT count(*) AS waiting FROM live_questions WHERE trial IS NULL")
        .row(&store.reader)
        .await?;
    number(&row, "waiting")
}

pub(super) async fn forget(store: &SqlStore, before: Timestamp) -> Result<u64, StoreError> {
    let mut write = store.write().await?;
    let waiting = sql::query("DELETE FROM live_questions WHERE trial IS NULL AND asked_at < ?")
        .bind(before.0)
        .run(&mut write)
        .await?;
    let searched = sql::query(
        "UPDATE live_questions SET sources = NULL WHERE sources IS NOT NULL AND asked_at < ?",
    )
    .bind(before.0)
    .run(&mut write)
    .await?;
    write.commit().await?;
    Ok(waiting.rows_affected() + searched.rows_affected())
}

pub(super) async fn delete_all(store: &SqlStore) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    for statement in ["DELETE FROM live_questions", "DELETE FROM live_trials"] {
        sql::query(statement).run(&mut write).await?;
    }
    write.commit().await
}
