use serde::{Deserialize, Serialize};

use crate::domain::conversation::{KnowledgeBaseRef, Verdict};
use crate::domain::evaluation::EvaluationArm;
use crate::domain::id::{ChatId, ChunkId, KnowledgeBaseId, MessageId};
use crate::ports::time::Timestamp;

/// Sources of an arm that are kept of a question and compared.
pub const LIVE_SOURCES: usize = 3;

/// A question of a chat that is to be searched in another way too.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveQuestion {
    /// The answer that it has been given.
    pub message: MessageId,
    /// Where it was searched.
    pub knowledge_base: KnowledgeBaseId,
    /// The question in the form in which it was searched.
    pub question: String,
    /// When it was answered.
    pub asked_at: Timestamp,
}

/// The two ways to search that a live comparison is about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LiveArms {
    /// As the knowledge base is set.
    pub present: EvaluationArm,
    /// The one that is tried beside it.
    pub other: EvaluationArm,
}

/// A live comparison: two arms over one knowledge base. Other settings begin another one.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveTrial {
    /// Its number.
    pub id: i64,
    /// The knowledge base.
    pub knowledge_base: KnowledgeBaseRef,
    /// What is compared.
    pub arms: LiveArms,
    /// When its first question was searched.
    pub since: Timestamp,
}

/// What another arm would have changed for one question, in numbers: no text, no document.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiveScore {
    /// How many of the other arm's first sources are none of the present arm's.
    pub replaced: u32,
    /// Whether another source would be the first.
    pub first_changed: bool,
    /// Milliseconds of the search in the present arm.
    pub present_ms: f64,
    /// The same in the other arm.
    pub other_ms: f64,
}

/// The first sources of both arms.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LiveSources {
    /// Of the present arm, best first.
    pub present: Vec<LiveSource>,
    /// Of the other one.
    pub other: Vec<LiveSource>,
}

/// A source that an arm found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LiveSource {
    /// The passage.
    pub chunk: ChunkId,
    /// Name of its document.
    pub document: String,
}

/// What came of a question.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveOutcome {
    /// What was compared.
    pub arms: LiveArms,
    /// In numbers.
    pub score: LiveScore,
    /// What both arms put first.
    pub sources: LiveSources,
}

/// A score with what a person thought of the answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiveObservation {
    /// What would have changed.
    pub score: LiveScore,
    /// What a person thought of the answer that was given.
    pub verdict: Option<Verdict>,
}

/// Where a question stands among those of its comparison, which are in the order in which they were searched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LivePlace {
    /// When it was searched.
    pub searched_at: Timestamp,
    /// Its answer.
    pub message: MessageId,
}

/// A question of a live comparison, as long as its sources are kept.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveRecord {
    /// Its chat.
    pub chat: ChatId,
    /// The answer that it was given.
    pub message: MessageId,
    /// The comparison that it is of.
    pub trial: i64,
    /// The question in the form in which it was searched.
    pub question: String,
    /// When it was answered.
    pub asked_at: Timestamp,
    /// What would have changed.
    pub score: LiveScore,
    /// What both arms put first.
    pub sources: LiveSources,
    /// What a person thought of the answer.
    pub verdict: Option<Verdict>,
}
