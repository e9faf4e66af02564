mod answer;
pub(crate) mod feedback;
pub(crate) mod read;
mod turns;
pub(crate) mod words;

use async_trait::async_trait;
use riddle_core::{
    Answer, ChatId, Conversation, ConversationPage, ConversationPatch, ConversationQuery,
    ConversationStore, ConversationSummary, Feedback, FeedbackPage, KnowledgeBaseRef, MessageId,
    NewConversation, NewTurn, ReplyEnd, ReplyFailure, StoreError, Timestamp,
};
use uuid::Uuid;

use crate::sql::{self, Transaction};
use crate::store::SqlStore;

#[async_trait]
impl ConversationStore for SqlStore {
    async fn insert_chat(&self, chat: &NewConversation, now: Timestamp) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sql::query(
            "INSERT INTO chats (id, title, titled, created_at, updated_at, chat_model, folded_title)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
        )
        .bind(bytes(&chat.id.0))
        .bind(chat.title.as_deref().unwrap_or_default())
        .bind(chat.title.is_some())
        .bind(now.0)
        .bind(chat.chat_model.as_deref())
        .bind(words::searched(chat.title.as_deref().unwrap_or_default()))
        .run(&mut write)
        .await?;
        set_knowledge_bases(&mut write, chat.id, &chat.knowledge_bases).await?;
        write.commit().await
    }

    async fn list_chats(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError> {
        read::list(self, query).await
    }

    async fn lookup_chat(&self, id: ChatId) -> Result<Option<Conversation>, StoreError> {
        read::lookup(self, id).await
    }

    async fn update_chat(
        &self,
        id: ChatId,
        patch: &ConversationPatch,
        now: Timestamp,
    ) -> Result<Option<ConversationSummary>, StoreError> {
        let mut write = self.write().await?;
        let changed = sql::query(
            "UPDATE chats SET title = coalesce(?1, title), titled = CASE WHEN ?1 IS NULL THEN titled ELSE 1 END,
                 updated_at = ?2,
                 chat_model = CASE WHEN ?4 = 1 THEN ?5 ELSE chat_model END,
                 folded_title = coalesce(?6, folded_title)
             WHERE id = ?3",
        )
        .bind(patch.title.as_deref())
        .bind(now.0)
        .bind(bytes(&id.0))
        .bind(patch.chat_model.is_some())
        .bind(patch.chat_model.as_ref().and_then(Option::as_deref))
        .bind(patch.title.as_deref().map(words::searched))
        .run(&mut write)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        if let Some(knowledge_bases) = &patch.knowledge_bases {
            set_knowledge_bases(&mut write, id, knowledge_bases).await?;
        }
        write.commit().await?;
        read::summary(self, id).await
    }

    async fn delete_chat(&self, id: ChatId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let deleted = sql::query("DELETE FROM chats WHERE id = ?")
            .bind(bytes(&id.0))
            .run(&mut write)
            .await?;
        write.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }

    async fn begin_turn(&self, turn: &NewTurn, now: Timestamp) -> Result<bool, StoreError> {
        turns::begin(self, turn, now).await
    }

    async fn note_rewritten(&self, question: MessageId, rewritten: &str) -> Result<(), StoreError> {
        turns::note_rewritten(self, question, rewritten).await
    }

    async fn note_reply(&self, reply: MessageId, answer: &Answer) -> Result<(), StoreError> {
        turns::note_reply(self, reply, answer).await
    }

    async fn finish_reply(
        &self,
        reply: MessageId,
        end: &ReplyEnd,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        turns::finish(self, reply, end, now).await
    }

    async fn recover_replies(&self) -> Result<u64, StoreError> {
        let mut write = self.write().await?;
        let interrupted = ReplyFailure::interrupted();
        let stopped = sql::query(
            "UPDATE chat_messages SET status = 'stopped', failure_code = ?, failure_message = ? WHERE status = 'writing'",
        )
        .bind(interrupted.code)
        .bind(interrupted.message)
        .run(&mut write)
        .await?;
        write.commit().await?;
        Ok(stopped.rows_affected())
    }

    async fn set_feedback(
        &self,
        chat: ChatId,
        reply: MessageId,
        feedback: Option<&Feedback>,
    ) -> Result<bool, StoreError> {
        feedback::set(self, chat, reply, feedback).await
    }

    async fn list_feedback(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<FeedbackPage, StoreError> {
        feedback::list(self, cursor, limit).await
    }
}

fn bytes(id: &Uuid) -> &[u8] {
    id.as_bytes().as_slice()
}

async fn set_knowledge_bases(
    write: &mut Transaction,
    chat: ChatId,
    knowledge_bases: &[KnowledgeBaseRef],
) -> Result<(), StoreError> {
    sql::query("DELETE FROM chat_knowledge_bases WHERE chat = ?")
        .bind(bytes(&chat.0))
        .run(write)
        .await?;
    for (knowledge_base, place) in knowledge_bases.iter().zip(0_i64..) {
        sql::query(
            "INSERT INTO chat_knowledge_bases (chat, place, knowledge_base, name) VALUES (?, ?, ?, ?)",
        )
        .bind(bytes(&chat.0))
        .bind(place)
        .bind(bytes(&knowledge_base.id.0))
        .bind(&knowledge_base.name)
        .run(write)
        .await?;
    }
    Ok(())
}
