//! The words of chats, as they are searched.

use riddle_core::{MessageId, StoreError, folded};
use uuid::Uuid;

use super::bytes;
use crate::rows::{self, get};
use crate::sql::{self, Transaction};
use crate::store::SqlStore;

/// Messages that are read at once.
const BATCH: i64 = 200;

/// Keeps what is searched of a message that is there.
pub(super) async fn keep(
    write: &mut Transaction,
    message: MessageId,
    text: &str,
) -> Result<(), StoreError> {
    sql::query(
        "INSERT INTO chat_words (message, folded) SELECT id, ?2 FROM chat_messages WHERE id = ?1
         ON CONFLICT (message) DO UPDATE SET folded = excluded.folded",
    )
    .bind(bytes(&message.0))
    .bind(folded(text))
    .run(write)
    .await?;
    Ok(())
}

/// Folds the titles and messages that an earlier version has written.
pub(crate) async fn fold_earlier(store: &SqlStore) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let titles = sql::query("SELECT id, title FROM chats WHERE folded_title IS NULL")
        .rows(&mut *write)
        .await?;
    for row in &titles {
        let (id, title): (Uuid, String) = (rows::uuid(row, "id")?, get(row, "title")?);
        sql::query("UPDATE chats SET folded_title = ? WHERE id = ?")
            .bind(folded(&title))
            .bind(bytes(&id))
            .run(&mut write)
            .await?;
    }
    loop {
        let messages = sql::query(
            "SELECT id, text FROM chat_messages
             WHERE NOT EXISTS (SELECT 1 FROM chat_words w WHERE w.message = chat_messages.id) LIMIT ?",
        )
        .bind(BATCH)
        .rows(&mut *write)
        .await?;
        if messages.is_empty() {
            break;
        }
        for row in &messages {
            let (id, text): (Uuid, String) = (rows::uuid(row, "id")?, get(row, "text")?);
            keep(&mut write, MessageId(id), &text).await?;
        }
    }
    write.commit().await
}

#[cfg(test)]
mod tests {
    use riddle_core::{ConversationQuery, ConversationStore};

    use super::*;
    use crate::migrations;

    const BEFORE: usize = 13;

    #[tokio::test]
    async fn chats_of_the_version_before_are_found_by_their_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        make_older(&path).await;
        let store = SqlStore::open(&path).await.unwrap();
        for (search, found) in [
            ("cafe", 1),
            ("message 449", 1),
            ("報銷發票", 1),
            ("message nowhere", 0),
        ] {
            let query = ConversationQuery {
                search: search.to_owned(),
                cursor: None,
                limit: 10,
            };
            let page = store.list_chats(&query).await.unwrap();
            assert_eq!(page.chats.len(), found, "{search}");
        }
        store.close().await;
    }

    /// A chat with more messages than are read at once.
    async fn make_older(path: &std::path::Path) {
        let pool = migrations::older(path, BEFORE).await;
        let chat = "INSERT INTO chats (id, title, titled, created_at, updated_at)
                    VALUES (unhex('00112233445566778899aabbccddeeff'), 'Café 发票报销', 1, 0, 0)";
        sqlx::query(chat).execute(&pool).await.unwrap();
        let messages = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 450)
             INSERT INTO chat_messages (id, chat, place, role, status, text, created_at)
             SELECT randomblob(16), unhex('00112233445566778899aabbccddeeff'), n, 'user', 'complete', 'Message ' || n, 0
             FROM numbers";
        sqlx::query(messages).execute(&pool).await.unwrap();
        pool.close().await;
    }
}
