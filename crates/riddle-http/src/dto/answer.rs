use riddle_core::{Answer, CitationRecord, ContextRecord, Span, Usage};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::hit::{DocumentRef, HitDto, SpanDto};
use super::notice::{NoticeDto, notices};
use super::rerank::RerankDto;
use super::timings::TimingsDto;

/// A finished answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerDto {
    /// The text, with `[n]` citations that all exist.
    #[schema(example = "The port is 7180 [1].")]
    answer: String,
    /// `generated` by a language model, or `extractive`: sentences of the passages, word for word.
    #[schema(example = "generated")]
    mode: &'static str,
    /// The model that wrote it, or `extractive`.
    #[schema(example = "qwen3-0.6b")]
    model: String,
    /// Whether the sources hold an answer at all, as far as the answerer can tell.
    found: bool,
    /// Citations in order of appearance.
    citations: Vec<CitationDto>,
    /// Citations that named no source and were taken out.
    removed_citations: u32,
    /// The passages given to the answerer, by the number that citations use.
    contexts: Vec<ContextDto>,
    /// Whether the bound on tokens cut the answer.
    truncated: bool,
    /// What the user should know.
    notices: Vec<NoticeDto>,
    /// What became of reranking.
    rerank: RerankDto,
    /// Where the time went.
    timings: TimingsDto,
    /// Tokens.
    usage: UsageDto,
}

/// A passage that was given to the answerer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContextDto {
    /// Number that citations use, from 1.
    number: u32,
    /// Whether the token budget cut it.
    truncated: bool,
    /// The passage.
    hit: HitDto,
}

/// A citation in the answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct CitationDto {
    /// The number in the text; the context of this number is what is cited.
    number: u32,
    /// Where `[n]` stands in the answer, in characters.
    answer_span: SpanDto,
    /// The cited part of the document's extracted text, in characters.
    source_span: SpanDto,
    /// The cited part itself.
    quote: String,
    /// The chunk it lies in.
    chunk_id: Uuid,
    /// The document it lies in.
    document: DocumentRef,
    /// Headings above it, outermost first.
    heading_path: Vec<String>,
    /// Page of the passage, from 1, where the format has pages.
    page: Option<u32>,
}

/// Tokens of an answer.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct UsageDto {
    /// Tokens of the prompt; 0 where no language model ran.
    prompt_tokens: u32,
    /// Tokens of the answer.
    completion_tokens: u32,
    /// Both.
    total_tokens: u32,
}

impl From<Answer> for AnswerDto {
    fn from(answer: Answer) -> Self {
        Self {
            answer: answer.text,
            mode: answer.mode.as_str(),
            model: answer.model,
            found: answer.found,
            citations: answer.citations.into_iter().map(Into::into).collect(),
            removed_citations: answer.removed_citations,
            contexts: answer.contexts.into_iter().map(Into::into).collect(),
            truncated: answer.truncated,
            notices: notices(answer.notices),
            rerank: answer.rerank.into(),
            timings: answer.timings.into(),
            usage: answer.usage.into(),
        }
    }
}

impl From<ContextRecord> for ContextDto {
    fn from(context: ContextRecord) -> Self {
        Self {
            number: context.number,
            truncated: context.truncated,
            hit: context.hit.into(),
        }
    }
}

impl From<CitationRecord> for CitationDto {
    fn from(citation: CitationRecord) -> Self {
        let record = citation.context.hit.chunk;
        let document = DocumentRef::of(&record);
        let chunk = record.chunk;
        Self {
            number: citation.number,
            answer_span: citation.answer_span.into(),
            source_span: citation.source_span.into(),
            quote: quote(&chunk.text, chunk.span, citation.source_span),
            chunk_id: record.id.0,
            document,
            heading_path: chunk.heading_path,
            page: chunk.page,
        }
    }
}

impl From<Usage> for UsageDto {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
        }
    }
}

/// The part of a chunk's text that a span of the document covers.
fn quote(text: &str, chunk: Span, source: Span) -> String {
    let skipped = source.start.saturating_sub(chunk.start) as usize;
    let length = source.end.saturating_sub(source.start.max(chunk.start)) as usize;
    text.chars().skip(skipped).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_count_characters_from_the_start_of_the_document() {
        let chunk = Span { start: 10, end: 16 };
        assert_eq!(
            quote("数据库很大的", chunk, Span { start: 13, end: 15 }),
            "很大"
        );
        assert_eq!(quote("abcdef", chunk, Span { start: 0, end: 12 }), "ab");
        assert_eq!(quote("abcdef", chunk, Span { start: 15, end: 99 }), "f");
    }
}
