use riddle_core::{
    ChatId, Conversation, ConversationMessage, ConversationPage, ConversationQuery,
    ConversationSummary, Feedback, KnowledgeBaseId, KnowledgeBaseRef, MessageContent, MessageId,
    MessageStatus, ReplyFailure, StoreError, Timestamp, Verdict, sought_words,
};
use uuid::Uuid;

use super::{answer, bytes};
use crate::apart::decoded;
use crate::newest_first::{page, parse_cursor};
use crate::rows::{self, get, number, to_json};
use crate::sql::{self, Row};
use crate::sql_error::SqlError;
use crate::store::SqlStore;

/// A chat's columns; a knowledge base that is there has its name of now.
macro_rules! summary_columns {
    () => {
        "c.id, c.title, c.chat_model, c.created_at, c.updated_at,
         (SELECT count(*) FROM chat_messages m WHERE m.chat = c.id) AS message_count,
         (SELECT '[' || coalesce(string_agg(
              '[\"' || hex(b.knowledge_base) || '\",' || json_quote(coalesce(k.name, b.name)) || ']', ','
              ORDER BY b.place), '') || ']'
          FROM chat_knowledge_bases b
          LEFT JOIN knowledge_bases k ON k.id = b.knowledge_base AND k.deleted_at IS NULL
          WHERE b.chat = c.id) AS knowledge_bases"
    };
}

pub(crate) const SUMMARY: &str = concat!(
    "SELECT ",
    summary_columns!(),
    " FROM chats c WHERE c.id = ?"
);

/// Chats in which each word that is sought, a JSON list of pieces, has a piece in the title or in a message.
pub(crate) const LIST: &str = concat!(
    "SELECT ",
    summary_columns!(),
    " FROM chats c
     WHERE (c.updated_at, c.id) < (?1, ?2)
       AND NOT EXISTS (
            SELECT 1 FROM json_each(?3) word WHERE NOT EXISTS (
                SELECT 1 FROM json_each(word.value) piece
                WHERE instr(coalesce(c.folded_title, ''), piece.value) > 0 OR EXISTS (
                    SELECT 1 FROM chat_messages m JOIN chat_words w ON w.message = m.id
                    WHERE m.chat = c.id AND instr(w.folded, piece.value) > 0)))
     ORDER BY c.updated_at DESC, c.id DESC LIMIT ?4"
);

const MESSAGES: &str = "SELECT m.*, f.verdict, f.comment, f.at
     FROM chat_messages m LEFT JOIN feedback f ON f.message = m.id
     WHERE m.chat = ? ORDER BY m.place";

pub(super) async fn list(
    store: &SqlStore,
    query: &ConversationQuery,
) -> Result<ConversationPage, StoreError> {
    let (updated_at, id) = parse_cursor(query.cursor.as_deref())?;
    let sought = to_json(&sought_words(&query.search))?;
    let rows = sql::query(LIST)
        .bind(updated_at)
        .bind(bytes(&id))
        .bind(sought)
        .bind(i64::from(query.limit) + 1)
        .rows(&store.looker)
        .await?;
    let (chats, next_cursor) = page(&rows, query.limit, ("updated_at", "id"), summary_of)?;
    Ok(ConversationPage { chats, next_cursor })
}

pub(super) async fn summary(
    store: &SqlStore,
    id: ChatId,
) -> Result<Option<ConversationSummary>, StoreError> {
    let row = sql::query(SUMMARY)
        .bind(bytes(&id.0))
        .row_if_any(&store.reader)
        .await?;
    row.as_ref().map(summary_of).transpose()
}

pub(super) async fn lookup(
    store: &SqlStore,
    id: ChatId,
) -> Result<Option<Conversation>, StoreError> {
    let Some(summary) = summary(store, id).await? else {
        return Ok(None);
    };
    let rows = sql::query(MESSAGES)
        .bind(bytes(&id.0))
        .rows(&store.reader)
        .await?;
    let messages = decoded(rows, message_of).await?;
    Ok(Some(Conversation { summary, messages }))
}

/// What somebody said of the answer in a row with the columns of `feedback`.
pub(super) fn feedback_of(row: &Row) -> Result<Option<Feedback>, StoreError> {
    let Some(verdict) = get::<Option<String>>(row, "verdict")? else {
        return Ok(None);
    };
    Ok(Some(Feedback {
        verdict: Verdict::parse(&verdict).ok_or_else(|| SqlError::value("verdict"))?,
        comment: get(row, "comment")?,
        at: Timestamp(get(row, "at")?),
    }))
}

fn summary_of(row: &Row) -> Result<ConversationSummary, StoreError> {
    let bases: Vec<(String, String)> = rows::json(row, "knowledge_bases")?;
    let knowledge_bases = bases
        .into_iter()
        .map(|(id, name)| {
            let id =
                Uuid::parse_str(&id).map_err(|why| SqlError::unreadable("knowledge_bases", why))?;
            let id = KnowledgeBaseId(id);
            Ok(KnowledgeBaseRef { id, name })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(ConversationSummary {
        id: ChatId(rows::uuid(row, "id")?),
        title: get(row, "title")?,
        knowledge_bases,
        chat_model: get(row, "chat_model")?,
        created_at: Timestamp(get(row, "created_at")?),
        updated_at: Timestamp(get(row, "updated_at")?),
        message_count: number(row, "message_count")?,
    })
}

fn message_of(row: &Row) -> Result<ConversationMessage, StoreError> {
    let role: String = get(row, "role")?;
    let status: String = get(row, "status")?;
    let content = if role == "user" {
        MessageContent::Question {
            rewritten: get(row, "rewritten")?,
        }
    } else {
        let code: Option<String> = get(row, "failure_code")?;
        let message: Option<String> = get(row, "failure_message")?;
        MessageContent::Reply {
            answer: get::<Option<String>>(row, "answer")?.and_then(|text| answer::read(&text)),
            failure: code
                .zip(message)
                .map(|(code, message)| ReplyFailure { code, message }),
            feedback: feedback_of(row)?,
        }
    };
    Ok(ConversationMessage {
        id: MessageId(rows::uuid(row, "id")?),
        created_at: Timestamp(get(row, "created_at")?),
        text: get(row, "text")?,
        status: MessageStatus::parse(&status).ok_or_else(|| SqlError::value("status"))?,
        content,
    })
}
