//! Questions of chats that are searched once more in another way.

pub(crate) mod line;
pub(crate) mod read;

use async_trait::async_trait;
use riddle_core::{
    KnowledgeBaseId, LiveObservation, LiveOutcome, LivePlace, LiveQuestion, LiveRecord, LiveStore,
    LiveTrial, MessageId, StoreError, Timestamp,
};

use crate::store::SqlStore;

#[async_trait]
impl LiveStore for SqlStore {
    async fn insert_live_question(
        &self,
        message: MessageId,
        knowledge_base: KnowledgeBaseId,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, StoreError> {
        line::insert(self, message, knowledge_base, at, most).await
    }

    async fn next_live_question(&self) -> Result<Option<LiveQuestion>, StoreError> {
        line::next(self).await
    }

    async fn keep_live_outcome(
        &self,
        message: MessageId,
        outcome: &LiveOutcome,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        line::keep(self, message, outcome, at).await
    }

    async fn drop_live_question(&self, message: MessageId) -> Result<(), StoreError> {
        line::remove(self, message).await
    }

    async fn count_live_questions(&self) -> Result<u64, StoreError> {
        line::count(self).await
    }

    async fn list_live_trials(&self) -> Result<Vec<LiveTrial>, StoreError> {
        read::trials(self).await
    }

    async fn live_observations(
        &self,
        trial: i64,
        after: Option<LivePlace>,
        limit: u32,
    ) -> Result<Vec<(LivePlace, LiveObservation)>, StoreError> {
        read::observations(self, trial, after, limit).await
    }

    async fn list_live_records(&self, limit: u32) -> Result<Vec<LiveRecord>, StoreError> {
        read::records(self, limit).await
    }

    async fn lookup_live_record(
        &self,
        message: MessageId,
    ) -> Result<Option<LiveRecord>, StoreError> {
        read::record(self, message).await
    }

    async fn forget_live_sources(&self, before: Timestamp) -> Result<u64, StoreError> {
        line::forget(self, before).await
    }

    async fn delete_live(&self) -> Result<(), StoreError> {
        line::delete_all(self).await
    }
}
