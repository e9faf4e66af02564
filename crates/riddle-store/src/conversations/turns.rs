use riddle_core::{Answer, MessageId, NewTurn, ReplyEnd, StoreError, Timestamp};

use super::{answer, bytes, words};
use crate::rows::get;
use crate::sql::{self, Transaction};
use crate::store::SqlStore;

pub(super) async fn begin(
    store: &SqlStore,
    turn: &NewTurn,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut write = store.write().await?;
    // Dropping the transaction takes back what was done in it.
    if !touch(&mut write, bytes(&turn.chat.0), now).await? {
        return Ok(false);
    }
    if let Some(replaced) = turn.replaces
        && !remove_from(&mut write, turn, replaced).await?
    {
        return Ok(false);
    }
    let place = next_place(&mut write, turn).await?;
    if place == 0 {
        sql::query("UPDATE chats SET title = ?, folded_title = ? WHERE id = ? AND titled = 0")
            .bind(&turn.title)
            .bind(words::searched(&turn.title))
            .bind(bytes(&turn.chat.0))
            .run(&mut write)
            .await?;
    }
    sql::query(
        "INSERT INTO chat_messages (id, chat, place, role, status, text, created_at)
         VALUES (?1, ?2, ?3, 'user', 'complete', ?4, ?5), (?6, ?2, ?3 + 1, 'assistant', 'writing', '', ?5)",
    )
    .bind(bytes(&turn.question.0))
    .bind(bytes(&turn.chat.0))
    .bind(place)
    .bind(&turn.text)
    .bind(now.0)
    .bind(bytes(&turn.reply.0))
    .run(&mut write)
    .await?;
    words::keep(&mut write, turn.question, &turn.text).await?;
    write.commit().await?;
    Ok(true)
}

pub(super) async fn finish(
    store: &SqlStore,
    reply: MessageId,
    end: &ReplyEnd,
    now: Timestamp,
) -> Result<(), StoreError> {
    let answer = end.answer.as_deref().map(answer::write).transpose()?;
    let mut write = store.write().await?;
    sql::query(
        "UPDATE chat_messages SET status = ?, text = ?, answer = ?, failure_code = ?, failure_message = ?
         WHERE id = ?",
    )
    .bind(end.status.as_str())
    .bind(&end.text)
    .bind(answer)
    .bind(end.failure.as_ref().map(|failure| &failure.code))
    .bind(end.failure.as_ref().map(|failure| &failure.message))
    .bind(bytes(&reply.0))
    .run(&mut write)
    .await?;
    words::keep(&mut write, reply, &end.text).await?;
    sql::query(
        "UPDATE chats SET updated_at = ? WHERE id = (SELECT chat FROM chat_messages WHERE id = ?)",
    )
    .bind(now.0)
    .bind(bytes(&reply.0))
    .run(&mut write)
    .await?;
    write.commit().await
}

pub(super) async fn note_rewritten(
    store: &SqlStore,
    question: MessageId,
    rewritten: &str,
) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    sql::query("UPDATE chat_messages SET rewritten = ? WHERE id = ? AND role = 'user'")
        .bind(rewritten)
        .bind(bytes(&question.0))
        .run(&mut write)
        .await?;
    write.commit().await
}

pub(super) async fn note_reply(
    store: &SqlStore,
    reply: MessageId,
    so_far: &Answer,
) -> Result<(), StoreError> {
    let answer = answer::write(so_far)?;
    let mut write = store.write().await?;
    let noted = sql::query(
        "UPDATE chat_messages SET text = ?, answer = ? WHERE id = ? AND status = 'writing'",
    )
    .bind(&so_far.text)
    .bind(answer)
    .bind(bytes(&reply.0))
    .run(&mut write)
    .await?;
    if noted.rows_affected() > 0 {
        words::keep(&mut write, reply, &so_far.text).await?;
    }
    write.commit().await
}

async fn touch(write: &mut Transaction, chat: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let touched = sql::query("UPDATE chats SET updated_at = ? WHERE id = ?")
        .bind(now.0)
        .bind(chat)
        .run(write)
        .await?;
    Ok(touched.rows_affected() > 0)
}

async fn remove_from(
    write: &mut Transaction,
    turn: &NewTurn,
    replaced: MessageId,
) -> Result<bool, StoreError> {
    let removed = sql::query(
        "DELETE FROM chat_messages WHERE chat = ?1 AND place >= (
            SELECT place FROM chat_messages WHERE id = ?2 AND chat = ?1 AND role = 'user')",
    )
    .bind(bytes(&turn.chat.0))
    .bind(bytes(&replaced.0))
    .run(write)
    .await?;
    Ok(removed.rows_affected() > 0)
}

async fn next_place(write: &mut Transaction, turn: &NewTurn) -> Result<i64, StoreError> {
    let row =
        sql::query("SELECT coalesce(max(place) + 1, 0) AS next FROM chat_messages WHERE chat = ?")
            .bind(bytes(&turn.chat.0))
            .row(&mut *write)
            .await?;
    get(&row, "next")
}
