//! The words of chats, as they are searched.

use riddle_core::{MessageId, StoreError, folded};
use uuid::Uuid;

use super::bytes;
use crate::rows::{self, get};
use crate::sql::{self, Transaction};
use crate::store::SqlStore;

/// What is folded in the way of now begins with this sign, which no search holds: it is not seen, and folding leaves
/// such signs out. What begins otherwise is folded anew at the start.
const WAY: &str = "\u{2063}";
/// Messages that are read at once.
const BATCH: i64 = 200;

/// What is searched of a title or a message.
pub(super) fn searched(text: &str) -> String {
    format!("{WAY}{}", folded(text))
}

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
    .bind(searched(text))
    .run(write)
    .await?;
    Ok(())
}

/// Folds the titles and messages that an earlier version has written.
pub(crate) async fn fold_earlier(store: &SqlStore) -> Result<(), StoreError> {
    let mut write = store.write().await?;
    let titles = sql::query(
        "SELECT id, title FROM chats WHERE folded_title IS NULL OR substr(folded_title, 1, 1) <> ?",
    )
    .bind(WAY)
    .rows(&mut *write)
    .await?;
    for row in &titles {
        let (id, title): (Uuid, String) = (rows::uuid(row, "id")?, get(row, "title")?);
        sql::query("UPDATE chats SET folded_title = ? WHERE id = ?")
            .bind(searched(&title))
            .bind(bytes(&id))
            .run(&mut write)
            .await?;
    }
    let mut last = Uuid::nil();
    loop {
        let messages = sql::query(
            "SELECT id, text FROM chat_messages
             WHERE id > ?1 AND NOT EXISTS (
                SELECT 1 FROM chat_words w WHERE w.message = chat_messages.id AND substr(w.folded, 1, 1) = ?2)
             ORDER BY id LIMIT ?3",
        )
        .bind(bytes(&last))
        .bind(WAY)
        .bind(BATCH)
        .rows(&mut *write)
        .await?;
        if messages.is_empty() {
            break;
        }
        for row in &messages {
            let (id, text): (Uuid, String) = (rows::uuid(row, "id")?, get(row, "text")?);
            keep(&mut write, MessageId(id), &text).await?;
            last = id;
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
            assert_eq!(chats_with(&store, search).await, found, "{search}");
        }
        store.close().await;
    }

    #[tokio::test]
    async fn what_was_folded_in_another_way_is_folded_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("riddle.db");
        let store = SqlStore::open(&path).await.unwrap();
        let id = Uuid::from_u128(1);
        let mut write = store.write().await.unwrap();
        for statement in [
            "INSERT INTO chats (id, title, titled, created_at, updated_at, folded_title)
             VALUES (?1, 'Straße', 1, 0, 0, 'straße')",
            "INSERT INTO chat_messages (id, chat, place, role, status, text, created_at)
             VALUES (?1, ?1, 1, 'user', 'complete', 'The V.P.N. is down', 0)",
            "INSERT INTO chat_words (message, folded) VALUES (?1, 'the v.p.n. is down')",
        ] {
            let id = bytes(&id);
            sql::query(statement)
                .bind(id)
                .run(&mut write)
                .await
                .unwrap();
        }
        write.commit().await.unwrap();
        assert_eq!(chats_with(&store, "strasse").await, 0);
        store.close().await;
        let store = SqlStore::open(&path).await.unwrap();
        for search in ["strasse", "straße", "vpn", "V.P.N."] {
            assert_eq!(chats_with(&store, search).await, 1, "{search}");
        }
        store.close().await;
    }

    async fn chats_with(store: &SqlStore, search: &str) -> usize {
        let query = ConversationQuery {
            search: search.to_owned(),
            cursor: None,
            limit: 10,
        };
        store.list_chats(&query).await.unwrap().chats.len()
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
