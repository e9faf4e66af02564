use async_trait::async_trait;

use crate::domain::evaluation::{
    LiveObservation, LiveOutcome, LivePlace, LiveQuestion, LiveRecord, LiveTrial,
};
use crate::domain::id::{KnowledgeBaseId, MessageId};
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// Questions of chats that are searched once more in another way. They go with their chat and their knowledge base, and
/// the question itself is kept by the chat alone.
#[async_trait]
pub trait LiveStore: Send + Sync {
    /// Puts an answered question in line. Does nothing if `most` are in line already, or its message or its knowledge
    /// base is gone. Returns whether it was put there.
    async fn insert_live_question(
        &self,
        message: MessageId,
        knowledge_base: KnowledgeBaseId,
        at: Timestamp,
        most: u32,
    ) -> Result<bool, StoreError>;

    /// The question that has been in line longest.
    async fn next_live_question(&self) -> Result<Option<LiveQuestion>, StoreError>;

    /// Takes a question out of the line and keeps what came of it.
    async fn keep_live_outcome(
        &self,
        message: MessageId,
        outcome: &LiveOutcome,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Takes a question out of the line without a trace.
    async fn drop_live_question(&self, message: MessageId) -> Result<(), StoreError>;

    /// How many questions are in line.
    async fn count_live_questions(&self) -> Result<u64, StoreError>;

    /// All comparisons, the one with the latest question first.
    async fn list_live_trials(&self) -> Result<Vec<LiveTrial>, StoreError>;

    /// What came of questions of a comparison, in the order in which they were searched, from behind a place on.
    async fn live_observations(
        &self,
        trial: i64,
        after: Option<LivePlace>,
        limit: u32,
    ) -> Result<Vec<(LivePlace, LiveObservation)>, StoreError>;

    /// The latest questions whose sources are still kept, newest first.
    async fn list_live_records(&self, limit: u32) -> Result<Vec<LiveRecord>, StoreError>;

    /// What came of the question of an answer, as long as its sources are kept.
    async fn lookup_live_record(
        &self,
        message: MessageId,
    ) -> Result<Option<LiveRecord>, StoreError>;

    /// Forgets the sources of questions that were answered before this moment, and those of them that are in line.
    /// Numbers stay. Returns how many questions it concerns.
    async fn forget_live_sources(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Removes everything that live comparisons have kept.
    async fn delete_live(&self) -> Result<(), StoreError>;
}
