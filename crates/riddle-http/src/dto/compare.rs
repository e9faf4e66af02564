mod body;
mod event;

use riddle_core::{
    CompareOrder, ComparisonPage, ComparisonSummary, KeptComparison, KnowledgeBaseRef, Preference,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::AnswerDto;
use super::hit::KnowledgeBaseRefDto;
use super::timestamp::rfc3339;

pub(crate) use body::{CompareBody, PreferenceBody};
pub(crate) use event::CompareEventDto;

/// A kept comparison without its answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparisonSummaryDto {
    id: Uuid,
    #[schema(example = "Which port does the server listen on?")]
    question: String,
    /// Where it was searched.
    knowledge_base: KnowledgeBaseRefDto,
    /// When the arms ran.
    order: CompareOrderDto,
    /// Total time with rerank ÷ total time without.
    #[schema(example = 1.18)]
    total_ratio: f64,
    /// Time to the first token with rerank ÷ without; null where an arm wrote nothing.
    #[schema(example = 1.31)]
    first_token_ratio: Option<f64>,
    /// Which answer a person finds better; null until somebody has said.
    preference: Option<PreferenceDto>,
    /// RFC 3339, UTC.
    created_at: String,
}

/// One question over the same candidates, with rerank and without.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparisonDto {
    #[serde(flatten)]
    summary: ComparisonSummaryDto,
    /// The answer from the fused order.
    without_rerank: AnswerDto,
    /// The answer from the reranked order.
    with_rerank: AnswerDto,
    /// Candidates that both arms had.
    candidates: u32,
    /// Passages that both arms kept.
    shared_contexts: u32,
}

/// A page of comparisons.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparisonListDto {
    /// Newest first.
    comparisons: Vec<ComparisonSummaryDto>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// When the arms of a comparison run: `one_after_other`, so that neither slows the other down, or `parallel`, where the
/// whole is there sooner and each arm's times have the other's load in them.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CompareOrderDto {
    OneAfterOther,
    Parallel,
}

/// Which answer a person finds better.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PreferenceDto {
    WithRerank,
    WithoutRerank,
    Same,
}

impl From<KeptComparison> for ComparisonDto {
    fn from(kept: KeptComparison) -> Self {
        let comparison = kept.comparison;
        Self {
            summary: kept.summary.into(),
            without_rerank: comparison.without_rerank.into(),
            with_rerank: comparison.with_rerank.into(),
            candidates: comparison.candidates,
            shared_contexts: comparison.shared_contexts,
        }
    }
}

impl From<ComparisonSummary> for ComparisonSummaryDto {
    fn from(summary: ComparisonSummary) -> Self {
        let KnowledgeBaseRef { id, name } = summary.knowledge_base;
        Self {
            id: summary.id.0,
            question: summary.question,
            knowledge_base: KnowledgeBaseRefDto { id: id.0, name },
            order: summary.order.into(),
            total_ratio: summary.total_ratio,
            first_token_ratio: summary.first_token_ratio,
            preference: summary.preference.map(Into::into),
            created_at: rfc3339(summary.created_at),
        }
    }
}

impl From<ComparisonPage> for ComparisonListDto {
    fn from(page: ComparisonPage) -> Self {
        Self {
            comparisons: page.comparisons.into_iter().map(Into::into).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl From<CompareOrder> for CompareOrderDto {
    fn from(order: CompareOrder) -> Self {
        match order {
            CompareOrder::OneAfterOther => Self::OneAfterOther,
            CompareOrder::Parallel => Self::Parallel,
        }
    }
}

impl From<CompareOrderDto> for CompareOrder {
    fn from(order: CompareOrderDto) -> Self {
        match order {
            CompareOrderDto::OneAfterOther => Self::OneAfterOther,
            CompareOrderDto::Parallel => Self::Parallel,
        }
    }
}

impl From<Preference> for PreferenceDto {
    fn from(preference: Preference) -> Self {
        match preference {
            Preference::WithRerank => Self::WithRerank,
            Preference::WithoutRerank => Self::WithoutRerank,
            Preference::Same => Self::Same,
        }
    }
}

impl From<PreferenceDto> for Preference {
    fn from(preference: PreferenceDto) -> Self {
        match preference {
            PreferenceDto::WithRerank => Self::WithRerank,
            PreferenceDto::WithoutRerank => Self::WithoutRerank,
            PreferenceDto::Same => Self::Same,
        }
    }
}
