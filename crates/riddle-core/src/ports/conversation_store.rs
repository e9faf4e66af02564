use async_trait::async_trait;

use crate::domain::answer::Answer;
use crate::domain::conversation::{
    Conversation, ConversationSummary, Feedback, FeedbackEntry, KnowledgeBaseRef, MessageStatus,
    ReplyFailure,
};
use crate::domain::id::{ChatId, MessageId};
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// A chat to add.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewConversation {
    /// Its id.
    pub id: ChatId,
    /// A person's title; `None` takes the first question.
    pub title: Option<String>,
    /// Where it searches.
    pub knowledge_bases: Vec<KnowledgeBaseRef>,
    /// The language model that answers in it, if one was chosen.
    pub chat_model: Option<String>,
}

/// What to change of a chat; `None` leaves as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConversationPatch {
    /// A person's title.
    pub title: Option<String>,
    /// Where it searches from now on.
    pub knowledge_bases: Option<Vec<KnowledgeBaseRef>>,
    /// The language model that answers from now on; `Some(None)` takes the choice back.
    pub chat_model: Option<Option<String>>,
}

/// Which page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConversationQuery {
    /// Words that the title and the messages hold, by [`crate::text::sought_words`]; empty for all.
    pub search: String,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Entries on the page, 1 or more.
    pub limit: u32,
}

/// A page of chats.
#[derive(Clone, PartialEq, Debug)]
pub struct ConversationPage {
    /// Last changed first.
    pub chats: Vec<ConversationSummary>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// A page of feedback.
#[derive(Clone, PartialEq, Debug)]
pub struct FeedbackPage {
    /// Newest first.
    pub feedback: Vec<FeedbackEntry>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// A question, and the answer that will follow it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTurn {
    /// The chat.
    pub chat: ChatId,
    /// Id of the question's message.
    pub question: MessageId,
    /// Id of the answer's message.
    pub reply: MessageId,
    /// What is asked.
    pub text: String,
    /// The title that the chat takes if this is its first question and nobody gave it one.
    pub title: String,
    /// A question of the chat that goes first, with everything after it.
    pub replaces: Option<MessageId>,
}

/// How an answer ended.
#[derive(Clone, PartialEq, Debug)]
pub struct ReplyEnd {
    /// Never [`MessageStatus::Writing`].
    pub status: MessageStatus,
    /// What was written.
    pub text: String,
    /// The whole answer, or what is known of it where it ended early.
    pub answer: Option<Box<Answer>>,
    /// Why it failed, if it did.
    pub failure: Option<ReplyFailure>,
}

/// Chats, their messages and what people think of the answers.
#[async_trait]
pub trait ConversationStore: Send + Sync {
    /// Adds one.
    async fn insert_chat(&self, chat: &NewConversation, now: Timestamp) -> Result<(), StoreError>;

    /// A page, last changed first. Fails with [`StoreError::BadCursor`].
    async fn list_chats(&self, query: &ConversationQuery) -> Result<ConversationPage, StoreError>;

    /// A chat with its messages.
    async fn lookup_chat(&self, id: ChatId) -> Result<Option<Conversation>, StoreError>;

    /// Changes a chat, if it is there, and returns what it is then.
    async fn update_chat(
        &self,
        id: ChatId,
        patch: &ConversationPatch,
        now: Timestamp,
    ) -> Result<Option<ConversationSummary>, StoreError>;

    /// Removes a chat with its messages and their feedback. Returns whether it was there.
    async fn delete_chat(&self, id: ChatId) -> Result<bool, StoreError>;

    /// In one transaction removes what is replaced, writes the question and an empty answer in the making. Returns
    /// whether the chat and the question to replace are there; if not, nothing is changed.
    async fn begin_turn(&self, turn: &NewTurn, now: Timestamp) -> Result<bool, StoreError>;

    /// Notes what was searched in place of a question.
    async fn note_rewritten(&self, question: MessageId, rewritten: &str) -> Result<(), StoreError>;

    /// Keeps what there is so far of an answer in the making: what was found, and the text.
    async fn note_reply(&self, reply: MessageId, answer: &Answer) -> Result<(), StoreError>;

    /// Ends an answer in the making; one that is gone meanwhile stays gone.
    async fn finish_reply(
        &self,
        reply: MessageId,
        end: &ReplyEnd,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// At start: answers that an earlier run was writing are stopped, and say [`ReplyFailure::interrupted`]. Returns
    /// how many there were.
    async fn recover_replies(&self) -> Result<u64, StoreError>;

    /// Sets or takes back what a person thinks of an answer. Returns whether the chat has such an answer.
    async fn set_feedback(
        &self,
        chat: ChatId,
        reply: MessageId,
        feedback: Option<&Feedback>,
    ) -> Result<bool, StoreError>;

    /// A page of feedback, newest first. Fails with [`StoreError::BadCursor`].
    async fn list_feedback(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<FeedbackPage, StoreError>;
}
