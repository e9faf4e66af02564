//! One question with rerank and without, and how it is kept.

use serde::{Deserialize, Serialize};

use crate::domain::answer::Answer;
use crate::domain::conversation::KnowledgeBaseRef;
use crate::domain::filter::Filter;
use crate::domain::id::ComparisonId;
use crate::domain::retrieval::RerankOptions;
use crate::ports::time::Timestamp;
use crate::ranking::fusion::Fusion;

/// One question with rerank and without. `None` takes the default of a comparison: 10 and 3.
#[derive(Clone, PartialEq, Debug)]
pub struct CompareRequest {
    /// The question.
    pub question: String,
    /// Candidates, the same for both variants.
    pub top_k: Option<u32>,
    /// Passages for the answer with rerank, and for the other one as `passages` says.
    pub top_n: Option<u32>,
    /// How the hits of both retrievers become the candidates.
    pub fusion: Option<Fusion>,
    /// How the reranker of the variant with rerank runs.
    pub reranking: RerankOptions,
    /// The language model of both variants, `extractive` for quoted sentences; `None` takes the knowledge base's.
    pub chat_model: Option<String>,
    /// Conditions on document metadata.
    pub filter: Filter,
    /// Whether the variants run one after the other or at the same time.
    pub order: CompareOrder,
    /// What the answer without rerank is written from.
    pub passages: ComparePassages,
}

/// What the answer without rerank is written from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparePassages {
    /// All candidates, as far as the prompt has room: what a system without a reranker has to read so as not to miss
    /// the passage that a reranker would have picked.
    #[default]
    AllCandidates,
    /// As many passages as the answer with rerank, which tells apart what the order alone is worth.
    SameNumber,
}

/// Whether the variants of a comparison run one after the other or at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CompareOrder {
    /// The one without rerank first. Neither slows the other down, so their times can be compared.
    #[default]
    OneAfterOther,
    /// Both at the same time. The comparison ends sooner, but each variant's time includes the other's load.
    Parallel,
}

/// A variant of a comparison: one of its two answers. Programs that read events know it as `arm`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompareVariant {
    /// From the fused order.
    WithoutRerank,
    /// From the reranker's order.
    WithRerank,
}

/// Which answer of a comparison a person finds better.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preference {
    /// The one with rerank.
    WithRerank,
    /// The one without.
    WithoutRerank,
    /// Neither.
    Same,
}

/// Both answers over the same candidates, and the ratios rerank : no rerank.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// From the fused order. The shared retrieval counts in the timings of both.
    pub without_rerank: Answer,
    /// From the reranker's order.
    pub with_rerank: Answer,
    /// Candidates that both variants had.
    pub candidates: u32,
    /// Hits that both variants kept.
    pub shared_contexts: u32,
    /// Total time with rerank ÷ total time without.
    pub total_ratio: f64,
    /// Time to first token with rerank ÷ without; `None` where a variant wrote nothing.
    pub first_token_ratio: Option<f64>,
    /// Time of writing a token with rerank ÷ without; `None` where no language model wrote both.
    #[serde(default)]
    pub token_ratio: Option<f64>,
    /// What the answer without rerank was written from; the same number in those kept before there was a choice.
    #[serde(default = "same_number")]
    pub passages: ComparePassages,
}

/// A kept comparison without its answers.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparisonSummary {
    /// Identity.
    pub id: ComparisonId,
    /// What was asked.
    pub question: String,
    /// Where it was searched.
    pub knowledge_base: KnowledgeBaseRef,
    /// Whether the variants ran one after the other or at the same time.
    pub order: CompareOrder,
    /// As [`Comparison::total_ratio`].
    pub total_ratio: f64,
    /// As [`Comparison::first_token_ratio`].
    pub first_token_ratio: Option<f64>,
    /// Which answer a person finds better; `None` while nobody has said.
    pub preference: Option<Preference>,
    /// When it was finished.
    pub created_at: Timestamp,
}

/// A comparison as it is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct KeptComparison {
    /// All but the answers.
    pub summary: ComparisonSummary,
    /// The answers, as they were given.
    pub comparison: Comparison,
}

fn same_number() -> ComparePassages {
    ComparePassages::SameNumber
}

impl CompareOrder {
    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneAfterOther => "one_after_other",
            Self::Parallel => "parallel",
        }
    }

    /// The order of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::OneAfterOther, Self::Parallel]
            .into_iter()
            .find(|order| order.as_str() == name)
    }
}

impl Preference {
    /// The name used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithRerank => "with_rerank",
            Self::WithoutRerank => "without_rerank",
            Self::Same => "same",
        }
    }

    /// The preference of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::WithRerank, Self::WithoutRerank, Self::Same]
            .into_iter()
            .find(|preference| preference.as_str() == name)
    }
}
