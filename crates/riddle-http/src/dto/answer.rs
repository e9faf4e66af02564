use riddle_api::{AnswerDto, CitationDto, ContextDto, CopyDto, UsageDto};
use riddle_core::{Answer, CitationRecord, ContextRecord, CopyRecord, Span, Usage};

use super::convert::{Convert, ConvertFrom};
use super::hit::document_ref;
use super::notice::notices;

impl ConvertFrom<Answer> for AnswerDto {
    fn convert_from(answer: Answer) -> Self {
        Self {
            answer: answer.text,
            mode: answer.mode.as_str().to_owned(),
            model: answer.model,
            found: answer.found,
            citations: answer.citations.into_iter().map(Convert::convert).collect(),
            removed_citations: answer.removed_citations,
            contexts: answer.contexts.into_iter().map(Convert::convert).collect(),
            truncated: answer.truncated,
            notices: notices(answer.notices),
            rerank: answer.rerank.convert(),
            timings: answer.timings.convert(),
            usage: answer.usage.convert(),
        }
    }
}

impl ConvertFrom<ContextRecord> for ContextDto {
    fn convert_from(context: ContextRecord) -> Self {
        Self {
            number: context.number,
            truncated: context.truncated,
            hit: context.hit.convert(),
            also_in: context.also_in.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<CopyRecord> for CopyDto {
    fn convert_from(copy: CopyRecord) -> Self {
        Self {
            chunk_id: copy.chunk.0,
            document_id: copy.document.0,
            document_name: copy.document_name,
        }
    }
}

impl ConvertFrom<CitationRecord> for CitationDto {
    fn convert_from(citation: CitationRecord) -> Self {
        let record = citation.context.hit.chunk;
        let document = document_ref(&record);
        let chunk = record.chunk;
        Self {
            number: citation.number,
            answer_span: citation.answer_span.convert(),
            source_span: citation.source_span.convert(),
            quote: quote(&chunk.text, chunk.span, citation.source_span),
            chunk_id: record.id.0,
            document,
            heading_path: chunk.heading_path,
            page: chunk.page,
        }
    }
}

impl ConvertFrom<Usage> for UsageDto {
    fn convert_from(usage: Usage) -> Self {
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
