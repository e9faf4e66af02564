use riddle_core::{ChatId, Feedback, FeedbackEntry, FeedbackPage, MessageId, StoreError};

use super::read::feedback_of;
use super::{answer, bytes};
use crate::newest_first::{page, parse_cursor};
use crate::rows::{self, get};
use crate::sql::{self, Row};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

/// A question stands right before its answer.
pub(crate) const LIST: &str = "SELECT f.verdict, f.comment, f.at, m.id, m.chat, m.text, m.answer,
            q.text AS question, q.rewritten
     FROM feedback f
     CROSS JOIN chat_messages m ON m.id = f.message
     CROSS JOIN chat_messages q ON q.chat = m.chat AND q.place = m.place - 1
     WHERE (f.at, f.message) < (?1, ?2)
     ORDER BY f.at DESC, f.message DESC LIMIT ?3";

pub(super) async fn set(
    store: &SqlStore,
    chat: ChatId,
    reply: MessageId,
    feedback: Option<&Feedback>,
) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    let known =
        sql::query("SELECT 1 FROM chat_messages WHERE id = ? AND chat = ? AND role = 'assistant'")
            .bind(bytes(&reply.0))
            .bind(bytes(&chat.0))
            .row_if_any(&mut *write)
            .await?;
    if known.is_none() {
        return Ok(false);
    }
    let statement = match feedback {
        Some(feedback) => sql::query(
            "INSERT INTO feedback (message, verdict, comment, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (message) DO UPDATE SET verdict = ?2, comment = ?3, at = ?4",
        )
        .bind(bytes(&reply.0))
        .bind(feedback.verdict.as_str())
        .bind(feedback.comment.as_deref())
        .bind(feedback.at.0),
        None => sql::query("DELETE FROM feedback WHERE message = ?").bind(bytes(&reply.0)),
    };
    statement.run(&mut write).await?;
    write.commit().await?;
    Ok(true)
}

pub(super) async fn list(
    store: &SqlStore,
    cursor: Option<&str>,
    limit: u32,
) -> Result<FeedbackPage, StoreError> {
    let (at, id) = parse_cursor(cursor)?;
    let rows = sql::query(LIST)
        .bind(at)
        .bind(bytes(&id))
        .bind(i64::from(limit) + 1)
        .rows(&store.reader)
        .await?;
    let (feedback, next_cursor) = page(&rows, limit, ("at", "id"), entry_of)?;
    Ok(FeedbackPage {
        feedback,
        next_cursor,
    })
}

fn entry_of(row: &Row) -> Result<FeedbackEntry, StoreError> {
    Ok(FeedbackEntry {
        chat: ChatId(rows::uuid(row, "chat")?),
        message: MessageId(rows::uuid(row, "id")?),
        question: get(row, "question")?,
        rewritten: get(row, "rewritten")?,
        text: get(row, "text")?,
        answer: get::<Option<String>>(row, "answer")?.and_then(|text| answer::read(&text)),
        feedback: feedback_of(row)?.ok_or_else(|| SqlError::value("verdict"))?,
    })
}
