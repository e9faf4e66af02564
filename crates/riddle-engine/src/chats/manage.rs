use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    ChatId, Conversation, ConversationPage, ConversationPatch, ConversationQuery,
    ConversationSummary, Feedback, FeedbackPage, KnowledgeBaseRef, MessageId, NewConversation,
    Verdict,
};
use tokio::sync::OwnedSemaphorePermit;

use crate::bounds::{MAX_COMMENT_CHARS, MAX_SEARCH_CHARS, MAX_TITLE_CHARS};
use crate::chats::Chats;
use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::paging::check_limit;

/// Chats that are in memory whole at the same time. One may have years of answers with their passages.
pub(super) const WHOLE_AT_ONCE: usize = 4;
/// How long a request waits for its turn, and after how many seconds one that had none may come again.
const WAIT: Duration = Duration::from_secs(3);
const RETRY_AFTER_S: u32 = 5;

/// A chat with all of its messages.
#[derive(Debug)]
pub struct WholeChat {
    pub conversation: Conversation,
    /// To be kept until nothing more is made of it.
    pub permit: OwnedSemaphorePermit,
}

/// A chat to create.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewChat {
    /// `None` takes the first question.
    pub title: Option<String>,
    /// Ids or names, 1 to 16.
    pub knowledge_bases: Vec<String>,
    /// The language model that answers in it; `None` leaves it to the knowledge base or the server.
    pub chat_model: Option<String>,
}

/// What to change of a chat; `None` leaves as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ChatPatch {
    /// New title.
    pub title: Option<String>,
    /// Ids or names, 1 to 16; for questions from now on.
    pub knowledge_bases: Option<Vec<String>>,
    /// The language model that answers from now on; `Some(None)` takes the choice back.
    pub chat_model: Option<Option<String>>,
}

impl Chats {
    pub(crate) async fn create_chat(&self, new: NewChat) -> Result<Conversation, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let now = self.shared.clock.now();
        let models = &self.shared.models;
        let chat_model = models.check_chat("chat_model", new.chat_model.as_deref())?;
        let chat = NewConversation {
            id: ChatId(self.shared.clock.new_id()),
            title: new.title.as_deref().map(check_title).transpose()?,
            knowledge_bases: self.knowledge_base_refs(&new.knowledge_bases).await?,
            chat_model,
        };
        self.shared.store.insert_chat(&chat, now).await?;
        Ok(Conversation {
            summary: ConversationSummary {
                id: chat.id,
                title: chat.title.unwrap_or_default(),
                knowledge_bases: chat.knowledge_bases,
                chat_model: chat.chat_model,
                created_at: now,
                updated_at: now,
                message_count: 0,
            },
            messages: Vec::new(),
        })
    }

    pub(crate) async fn list_chats(
        &self,
        query: &ConversationQuery,
    ) -> Result<ConversationPage, EngineError> {
        check_limit(query.limit)?;
        check_length("search", &query.search, MAX_SEARCH_CHARS)?;
        Ok(self.shared.store.list_chats(query).await?)
    }

    pub(crate) async fn chat(&self, id: ChatId) -> Result<WholeChat, EngineError> {
        let turn = tokio::time::timeout(WAIT, Arc::clone(&self.whole).acquire_owned()).await;
        // They are never closed.
        let permit = turn
            .ok()
            .and_then(Result::ok)
            .ok_or(EngineError::Overloaded {
                retry_after_s: RETRY_AFTER_S,
            })?;
        let found = self.shared.store.lookup_chat(id).await?;
        let conversation = found.ok_or(EngineError::ChatNotFound(id))?;
        Ok(WholeChat {
            conversation,
            permit,
        })
    }

    pub(crate) async fn update_chat(
        &self,
        id: ChatId,
        patch: ChatPatch,
    ) -> Result<ConversationSummary, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let knowledge_bases = match &patch.knowledge_bases {
            Some(names) => Some(self.knowledge_base_refs(names).await?),
            None => None,
        };
        let models = &self.shared.models;
        let chat_model = match &patch.chat_model {
            Some(name) => Some(models.check_chat("chat_model", name.as_deref())?),
            None => None,
        };
        let patch = ConversationPatch {
            title: patch.title.as_deref().map(check_title).transpose()?,
            knowledge_bases,
            chat_model,
        };
        let now = self.shared.clock.now();
        let updated = self.shared.store.update_chat(id, &patch, now).await?;
        updated.ok_or(EngineError::ChatNotFound(id))
    }

    pub(crate) async fn delete_chat(&self, id: ChatId) -> Result<(), EngineError> {
        if self.shared.store.delete_chat(id).await? {
            return Ok(());
        }
        Err(EngineError::ChatNotFound(id))
    }

    pub(crate) async fn set_feedback(
        &self,
        chat: ChatId,
        message: MessageId,
        verdict: Verdict,
        comment: Option<String>,
    ) -> Result<Feedback, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let comment = comment.map(|comment| comment.trim().to_owned());
        let comment = comment.filter(|comment| !comment.is_empty());
        check_length(
            "comment",
            comment.as_deref().unwrap_or_default(),
            MAX_COMMENT_CHARS,
        )?;
        let at = self.shared.clock.now();
        let feedback = Feedback {
            verdict,
            comment,
            at,
        };
        let store = &self.shared.store;
        if !store.set_feedback(chat, message, Some(&feedback)).await? {
            return Err(EngineError::MessageNotFound(message));
        }
        Ok(feedback)
    }

    pub(crate) async fn delete_feedback(
        &self,
        chat: ChatId,
        message: MessageId,
    ) -> Result<(), EngineError> {
        if self.shared.store.set_feedback(chat, message, None).await? {
            return Ok(());
        }
        Err(EngineError::MessageNotFound(message))
    }

    pub(crate) async fn list_feedback(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<FeedbackPage, EngineError> {
        check_limit(limit)?;
        Ok(self.shared.store.list_feedback(cursor, limit).await?)
    }

    async fn knowledge_base_refs(
        &self,
        names: &[String],
    ) -> Result<Vec<KnowledgeBaseRef>, EngineError> {
        let scope = self.shared.find_scope(names).await?;
        let reference = |base: &riddle_core::KnowledgeBase| KnowledgeBaseRef {
            id: base.id,
            name: base.name.clone(),
        };
        Ok(scope.all().map(reference).collect())
    }
}

fn check_title(title: &str) -> Result<String, EngineError> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() || title.chars().count() > MAX_TITLE_CHARS {
        let problem = format!("must have 1 to {MAX_TITLE_CHARS} characters");
        return Err(EngineError::invalid("title", problem));
    }
    Ok(title)
}

fn check_length(field: &str, text: &str, longest: usize) -> Result<(), EngineError> {
    if text.chars().count() <= longest {
        return Ok(());
    }
    let problem = format!("is too long; send at most {longest} characters");
    Err(EngineError::invalid(field, problem))
}
