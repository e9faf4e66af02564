use riddle_api::{AnswerDto, CitationDto, ContextDto, CopyDto, UsageDto};
use riddle_core::{Answer, CitationRecord, ContextRecord, CopyRecord, Usage};

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
        let (heading_path, page) = chunk.place_at(citation.source_span.start);
        Self {
            number: citation.number,
            answer_span: citation.answer_span.convert(),
            source_span: citation.source_span.convert(),
            quote: chunk.quote(citation.source_span),
            chunk_id: record.id.0,
            document,
            heading_path: heading_path.to_vec(),
            page,
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
