mod body;
mod event;

use riddle_api::{
    CompareOrderDto, ComparePassagesDto, ComparisonDto, ComparisonListDto, ComparisonSummaryDto,
    KnowledgeBaseRefDto, PreferenceDto,
};
use riddle_core::{
    CompareOrder, ComparePassages, ComparisonPage, ComparisonSummary, KeptComparison,
    KnowledgeBaseRef, Preference, rfc3339,
};

use super::convert::{Convert, ConvertFrom};

pub(crate) use body::compare_request;
pub(crate) use event::compare_event;

impl ConvertFrom<KeptComparison> for ComparisonDto {
    fn convert_from(kept: KeptComparison) -> Self {
        let comparison = kept.comparison;
        Self {
            summary: kept.summary.convert(),
            without_rerank: comparison.without_rerank.convert(),
            with_rerank: comparison.with_rerank.convert(),
            candidates: comparison.candidates,
            shared_contexts: comparison.shared_contexts,
            passages: comparison.passages.convert(),
            token_ratio: comparison.token_ratio,
        }
    }
}

impl ConvertFrom<ComparisonSummary> for ComparisonSummaryDto {
    fn convert_from(summary: ComparisonSummary) -> Self {
        let KnowledgeBaseRef { id, name } = summary.knowledge_base;
        Self {
            id: summary.id.0,
            question: summary.question,
            knowledge_base: KnowledgeBaseRefDto { id: id.0, name },
            order: summary.order.convert(),
            total_ratio: summary.total_ratio,
            first_token_ratio: summary.first_token_ratio,
            preference: summary.preference.map(Convert::convert),
            created_at: rfc3339(summary.created_at),
        }
    }
}

impl ConvertFrom<ComparisonPage> for ComparisonListDto {
    fn convert_from(page: ComparisonPage) -> Self {
        Self {
            comparisons: page.comparisons.into_iter().map(Convert::convert).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl ConvertFrom<CompareOrder> for CompareOrderDto {
    fn convert_from(order: CompareOrder) -> Self {
        match order {
            CompareOrder::OneAfterOther => Self::OneAfterOther,
            CompareOrder::Parallel => Self::Parallel,
        }
    }
}

impl ConvertFrom<CompareOrderDto> for CompareOrder {
    fn convert_from(order: CompareOrderDto) -> Self {
        match order {
            CompareOrderDto::OneAfterOther => Self::OneAfterOther,
            CompareOrderDto::Parallel => Self::Parallel,
        }
    }
}

impl ConvertFrom<ComparePassages> for ComparePassagesDto {
    fn convert_from(passages: ComparePassages) -> Self {
        match passages {
            ComparePassages::AllCandidates => Self::AllCandidates,
            ComparePassages::SameNumber => Self::SameNumber,
        }
    }
}

impl ConvertFrom<ComparePassagesDto> for ComparePassages {
    fn convert_from(passages: ComparePassagesDto) -> Self {
        match passages {
            ComparePassagesDto::AllCandidates => Self::AllCandidates,
            ComparePassagesDto::SameNumber => Self::SameNumber,
        }
    }
}

impl ConvertFrom<Preference> for PreferenceDto {
    fn convert_from(preference: Preference) -> Self {
        match preference {
            Preference::WithRerank => Self::WithRerank,
            Preference::WithoutRerank => Self::WithoutRerank,
            Preference::Same => Self::Same,
        }
    }
}

impl ConvertFrom<PreferenceDto> for Preference {
    fn convert_from(preference: PreferenceDto) -> Self {
        match preference {
            PreferenceDto::WithRerank => Self::WithRerank,
            PreferenceDto::WithoutRerank => Self::WithoutRerank,
            PreferenceDto::Same => Self::Same,
        }
    }
}
