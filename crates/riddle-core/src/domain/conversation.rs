//! Chats as they are kept. What a language model is asked and answers is in `chat.rs`.

use serde::{Deserialize, Serialize};

use crate::domain::answer::Answer;
use crate::domain::id::{ChatId, KnowledgeBaseId, MessageId};
use crate::ports::time::Timestamp;

/// A knowledge base by id and name, as a chat or a passage refers to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnowledgeBaseRef {
    /// Identity.
    pub id: KnowledgeBaseId,
    /// Its name, or the last one it had if it is deleted.
    pub name: String,
}

/// A chat without its messages.
#[derive(Clone, PartialEq, Debug)]
pub struct ConversationSummary {
    /// Identity.
    pub id: ChatId,
    /// Given by a person, else taken from the first question; empty before that.
    pub title: String,
    /// Where its questions are searched, 1 to 16; some may be deleted by now.
    pub knowledge_bases: Vec<KnowledgeBaseRef>,
    /// The language model that answers in it, if one was chosen.
    pub chat_model: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Questions and answers.
    pub message_count: u32,
}

/// A chat.
#[derive(Clone, PartialEq, Debug)]
pub struct Conversation {
    /// All but the messages.
    pub summary: ConversationSummary,
    /// Oldest first; a question is followed by its answer.
    pub messages: Vec<ConversationMessage>,
}

/// A message of a chat.
#[derive(Clone, PartialEq, Debug)]
pub struct ConversationMessage {
    /// Identity.
    pub id: MessageId,
    /// When it was asked, or when writing it began.
    pub created_at: Timestamp,
    /// What is said.
    pub text: String,
    /// How far it is.
    pub status: MessageStatus,
    /// What there is beside the text.
    pub content: MessageContent,
}

/// Who says a message, and what there is beside its text.
#[derive(Clone, PartialEq, Debug)]
pub enum MessageContent {
    /// A person asks.
    Question {
        /// The stand-alone question that was searched, if it is another than the text.
        rewritten: Option<String>,
    },
    /// The answer to the question before it.
    Reply {
        /// The whole answer, or what was known of it when it ended early.
        answer: Option<Box<Answer>>,
        /// Why it failed, if it did.
        failure: Option<ReplyFailure>,
        /// What a person thinks of it.
        feedback: Option<Feedback>,
    },
}

/// How far a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageStatus {
    /// An answer in the making.
    Writing,
    /// Whole.
    Complete,
    /// Ended early: its reader left, or the server stopped. The text is what was written until then.
    Stopped,
    /// Ended by an error.
    Failed,
}

/// Why an answer failed, as its reader was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplyFailure {
    /// For programs: a code of the API's error table, or [`Self::INTERRUPTED`].
    pub code: String,
    /// For people.
    pub message: String,
}

impl ReplyFailure {
    /// The code of an answer whose server ended without a word.
    pub const INTERRUPTED: &'static str = "interrupted";

    /// The server ended without a word while it wrote the answer.
    pub fn interrupted() -> Self {
        Self {
            code: Self::INTERRUPTED.to_owned(),
            message: "the server ended while it wrote this answer; ask again".to_owned(),
        }
    }
}

/// What a person thinks of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Feedback {
    /// Good or bad.
    pub verdict: Verdict,
    /// Why.
    pub comment: Option<String>,
    /// When it was said.
    pub at: Timestamp,
}

/// Good or bad.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Good.
    Up,
    /// Bad.
    Down,
}

/// An answer with feedback, for evaluation.
#[derive(Clone, PartialEq, Debug)]
pub struct FeedbackEntry {
    /// The chat.
    pub chat: ChatId,
    /// The answer's message.
    pub message: MessageId,
    /// The question as it was typed.
    pub question: String,
    /// The stand-alone question that was searched, if it is another.
    pub rewritten: Option<String>,
    /// The answer's text.
    pub text: String,
    /// The whole answer, or what was known of it when it ended early.
    pub answer: Option<Box<Answer>>,
    /// What was said of it.
    pub feedback: Feedback,
}

/// The title that a question gives a chat: one line of at most 60 characters, cut between words where it has some.
pub fn chat_title(question: &str) -> String {
    const LONGEST: usize = 60;
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let mut cut: String = line.chars().take(LONGEST - 1).collect();
    let after = line.chars().nth(LONGEST - 1);
    // Without spaces there is no better place to cut.
    if after != Some(' ')
        && let Some(space) = cut.rfind(' ').filter(|space| *space * 2 >= cut.len())
    {
        cut.truncate(space);
    }
    format!("{}…", cut.trim_end_matches([' ', ',', ';', ':']))
}

impl MessageStatus {
    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The status of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Writing, Self::Complete, Self::Stopped, Self::Failed];
        all.into_iter().find(|status| status.as_str() == name)
    }
}

impl Verdict {
    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// The verdict of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Up, Self::Down]
            .into_iter()
            .find(|verdict| verdict.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_line_cut_between_words() {
        assert_eq!(chat_title(" Which\n port? "), "Which port?");
        let long =
            "How is the address of the server changed when several of them run on one machine?";
        assert_eq!(
            chat_title(long),
            "How is the address of the server changed when several of…"
        );
        let chinese = chat_title(&"服务器".repeat(30));
        assert_eq!(chinese.chars().count(), 60);
        assert!(chat_title(&"x".repeat(100)).chars().count() == 60);
    }
}
