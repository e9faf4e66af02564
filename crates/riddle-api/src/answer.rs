use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::hit::{DocumentRef, HitDto, SpanDto};
use crate::notice::NoticeDto;
use crate::rerank::RerankDto;
use crate::timings::TimingsDto;

/// A finished answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnswerDto {
    /// The text, with `[n]` citations that all exist.
    #[schema(example = "The port is 7180 [1].")]
    pub answer: String,
    /// `generated` by a language model, or `extractive`: sentences of the passages, word for word.
    #[schema(example = "generated")]
    pub mode: String,
    /// The model that wrote it, or `extractive`.
    #[schema(example = "qwen3-0.6b")]
    pub model: String,
    /// Whether the sources hold an answer at all, as far as the answerer can tell.
    pub found: bool,
    /// Citations in order of appearance.
    pub citations: Vec<CitationDto>,
    /// Citations that named no source and were taken out.
    pub removed_citations: u32,
    /// The passages given to the answerer, by the number that citations use.
    pub contexts: Vec<ContextDto>,
    /// Whether the bound on tokens cut the answer.
    pub truncated: bool,
    /// What the user should know.
    pub notices: Vec<NoticeDto>,
    /// What became of reranking.
    pub rerank: RerankDto,
    /// Where the time went.
    pub timings: TimingsDto,
    /// Tokens.
    pub usage: UsageDto,
}

/// A passage that was given to the answerer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContextDto {
    /// Number that citations use, from 1.
    pub number: u32,
    /// Whether the token budget cut it.
    pub truncated: bool,
    /// The passage.
    pub hit: HitDto,
    /// Other documents in which the same text stands; it is read and cited once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<CopyDto>,
}

/// A passage that has the text of another one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CopyDto {
    /// The chunk.
    pub chunk_id: Uuid,
    /// Its document.
    pub document_id: Uuid,
    #[schema(example = "archive/network.md")]
    pub document_name: String,
}

/// A citation in the answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CitationDto {
    /// The number in the text; the context of this number is what is cited.
    pub number: u32,
    /// Where `[n]` stands in the answer, in characters.
    pub answer_span: SpanDto,
    /// The cited part of the document's extracted text, in characters.
    pub source_span: SpanDto,
    /// The cited part itself.
    pub quote: String,
    /// The chunk it lies in.
    pub chunk_id: Uuid,
    /// The document it lies in.
    pub document: DocumentRef,
    /// Headings above the cited part, outermost first.
    pub heading_path: Vec<String>,
    /// Page on which the cited part begins, from 1, where the format has pages.
    pub page: Option<u32>,
}

/// Tokens of an answer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct UsageDto {
    /// Tokens of the prompt; 0 where no language model ran.
    pub prompt_tokens: u32,
    /// Tokens of the answer.
    pub completion_tokens: u32,
    /// Both.
    pub total_tokens: u32,
}
