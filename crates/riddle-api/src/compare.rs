mod body;
mod event;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::AnswerDto;
use crate::hit::KnowledgeBaseRefDto;

pub use body::{CompareBody, PreferenceBody};
pub use event::{CompareEventDto, CompareVariantDto};

/// A kept comparison without its answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComparisonSummaryDto {
    pub id: Uuid,
    #[schema(example = "Which port does the server listen on?")]
    pub question: String,
    /// Where it was searched.
    pub knowledge_base: KnowledgeBaseRefDto,
    /// When the variants ran.
    pub order: CompareOrderDto,
    /// Total time with rerank ÷ total time without.
    #[schema(example = 1.18)]
    pub total_ratio: f64,
    /// Time to the first token with rerank ÷ without; null where a variant wrote nothing.
    #[schema(example = 1.31)]
    pub first_token_ratio: Option<f64>,
    /// Which answer a person finds better; null until somebody has said.
    pub preference: Option<PreferenceDto>,
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// One question over the same candidates, with rerank and without.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComparisonDto {
    #[serde(flatten)]
    pub summary: ComparisonSummaryDto,
    /// The answer from the fused order.
    pub without_rerank: AnswerDto,
    /// The answer from the reranked order.
    pub with_rerank: AnswerDto,
    /// Candidates that both variants had.
    pub candidates: u32,
    /// Passages that both variants kept.
    pub shared_contexts: u32,
    /// What the answer without rerank was written from.
    pub passages: ComparePassagesDto,
    /// Time of writing a token with rerank ÷ without; null where no language model wrote both. Unlike the ratio of the
    /// total times, it does not depend on how long the answers are.
    #[schema(example = 0.97)]
    pub token_ratio: Option<f64>,
}

/// A page of comparisons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComparisonListDto {
    /// Newest first.
    pub comparisons: Vec<ComparisonSummaryDto>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// When the variants of a comparison run: `one_after_other`, so that neither slows the other down, or `parallel`, where
/// the whole is there sooner and each variant's times have the other's load in them.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompareOrderDto {
    OneAfterOther,
    Parallel,
}

/// What the answer without rerank is written from: `all_candidates` as far as the prompt has room, as a system without
/// a reranker does, or the `same_number` of passages as the answer with rerank.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparePassagesDto {
    AllCandidates,
    SameNumber,
}

/// Which answer a person finds better.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceDto {
    WithRerank,
    WithoutRerank,
    Same,
}
