use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::chat::VerdictDto;
use crate::evaluation::{EvaluationArmDto, IntervalDto};
use crate::hit::KnowledgeBaseRefDto;

/// What another way to search would have changed for questions of chats.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveComparisonsDto {
    /// Share of the chat questions that are searched in another way too, in the time that people leave; 0 for none.
    pub share: f64,
    /// Days for which it is kept which sources were found.
    pub keep_days: u32,
    /// Questions that wait for a moment in which nobody asks anything.
    pub waiting: u64,
    /// The one with the latest question first. Other settings begin another one.
    pub comparisons: Vec<LiveComparisonDto>,
}

/// Two ways to search a knowledge base, compared on what people ask.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveComparisonDto {
    pub id: i64,
    pub knowledge_base: KnowledgeBaseRefDto,
    /// The knowledge base as it is set, but for the time: reranking may take as long as it does in a run, so a question
    /// that was answered in the fused order because reranking was late is searched with rerank here.
    pub present: EvaluationArmDto,
    /// The way that is tried beside it.
    pub other: EvaluationArmDto,
    /// RFC 3339, UTC.
    pub since: String,
    pub questions: u32,
    /// Share of the questions for which at least one of the first three sources would be another one.
    pub replaced: LiveShareDto,
    /// Share of the questions for which another source would be the first.
    pub first_changed: LiveShareDto,
    /// How `replaced` came about; at most about 100 points.
    pub course: Vec<LiveCourseDto>,
    /// Milliseconds of a search as it is set, without the deadline of answers for reranking.
    pub present_ms: LiveTimesDto,
    /// Milliseconds of a search in the other way. Both were measured one right after the other, in turn.
    pub other_ms: LiveTimesDto,
    /// What people thought of answers for which at least one of the first three sources would be another one.
    pub feedback_replaced: LiveFeedbackDto,
    /// What they thought of the other answers.
    pub feedback_same: LiveFeedbackDto,
}

/// A share of questions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveShareDto {
    /// From 0 to 1.
    pub share: f64,
    /// Bounds of 95 % that hold however often they are looked at: a confidence sequence.
    pub interval: IntervalDto,
}

/// What a share was after so many questions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveCourseDto {
    pub questions: u32,
    pub share: f64,
    pub interval: IntervalDto,
}

/// Percentiles of milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveTimesDto {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
}

/// How many people found an answer good or bad.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveFeedbackDto {
    pub up: u32,
    pub down: u32,
}

/// Questions of live comparisons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveQuestionListDto {
    /// Share of the chat questions that are searched in another way too; 0 for none.
    pub share: f64,
    /// Newest first.
    pub questions: Vec<LiveQuestionDto>,
}

/// A question of a live comparison, as long as its sources are kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveQuestionDto {
    pub chat: Uuid,
    /// The answer that it was given.
    pub message: Uuid,
    /// Id of the comparison.
    pub comparison: i64,
    /// In the form in which it was searched.
    pub question: String,
    /// RFC 3339, UTC.
    pub asked_at: String,
    /// How many of the first three sources would be others.
    pub replaced: u32,
    /// Whether another source would be the first.
    pub first_changed: bool,
    pub present_ms: f64,
    pub other_ms: f64,
    /// The first three sources as the knowledge base is set.
    pub present: Vec<LiveSourceDto>,
    /// The first three sources of the other way.
    pub other: Vec<LiveSourceDto>,
    /// What a person thought of the answer.
    pub verdict: Option<VerdictDto>,
}

/// A source.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveSourceDto {
    /// The passage, as long as its document is not processed anew.
    pub chunk: Uuid,
    pub document: String,
}
