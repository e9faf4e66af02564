use std::sync::Arc;

use riddle_core::{
    ChatModel, ContextRecord, CopyRecord, Hit, PromptSource, Sentence, Tokenizer, fit_passages,
    sentences, source_block,
};

/// Characters of a token in Latin text, a low estimate for when there is no tokenizer.
const CHARS_PER_TOKEN: usize = 3;

/// A passage given to the answerer.
#[derive(Clone, Debug)]
pub(in crate::query) struct Context {
    pub(in crate::query) record: ContextRecord,
    /// The part of the passage that fits the budget.
    pub(in crate::query) given: String,
    /// Sentences of that part.
    pub(in crate::query) sentences: Vec<Sentence>,
}

/// Counts tokens as the answerer does, or as closely as possible.
#[derive(Clone)]
pub(in crate::query) enum TokenCounter {
    Chat(Arc<dyn ChatModel>),
    Embedder(Arc<dyn Tokenizer>),
    Estimate,
}

impl TokenCounter {
    /// Tokens of `text`. Takes long for long texts, so it must not run on the async runtime's threads.
    pub(in crate::query) fn count(&self, text: &str) -> usize {
        match self {
            Self::Chat(model) => model.count_tokens(text),
            Self::Embedder(tokenizer) => tokenizer.token_starts(text).len(),
            Self::Estimate => {
                let ascii = text.chars().filter(char::is_ascii).count();
                ascii.div_ceil(CHARS_PER_TOKEN) + text.chars().count() - ascii
            }
        }
    }
}

/// The hits that fit `budget` tokens, best first, numbered from 1. A text that several chunks have is given once.
pub(in crate::query) fn contexts(
    hits: &[Hit],
    budget: usize,
    counter: &TokenCounter,
) -> Vec<Context> {
    let (copies, hits): (Vec<&Hit>, Vec<&Hit>) = hits.iter().partition(|hit| hit.copy_of.is_some());
    let overhead = hits
        .iter()
        .map(|hit| counter.count(&source_block(&source(1, hit, ""))))
        .max()
        .unwrap_or(0);
    let passages: Vec<&str> = hits
        .iter()
        .map(|hit| hit.chunk.chunk.text.as_str())
        .collect();
    let fitted = fit_passages(&passages, budget, overhead, &|text| counter.count(text));
    fitted
        .into_iter()
        .zip(hits)
        .zip(1..)
        .map(|((fit, hit), number)| {
            let given = hit.chunk.chunk.text[..fit.bytes].to_owned();
            Context {
                sentences: sentences(&given),
                given,
                record: ContextRecord {
                    number,
                    also_in: also_in(hit, &copies),
                    hit: hit.clone(),
                    truncated: fit.truncated,
                },
            }
        })
        .collect()
}

fn also_in(hit: &Hit, copies: &[&Hit]) -> Vec<CopyRecord> {
    let copies = copies
        .iter()
        .filter(|copy| copy.copy_of == Some(hit.chunk.id));
    copies
        .map(|copy| CopyRecord {
            chunk: copy.chunk.id,
            document: copy.chunk.document,
            document_name: copy.chunk.document_name.clone(),
        })
        .collect()
}

/// The source of the prompt that shows a context.
pub(in crate::query) fn prompt_source(context: &Context) -> PromptSource<'_> {
    source(context.record.number, &context.record.hit, &context.given)
}

fn source<'a>(number: u32, hit: &'a Hit, text: &'a str) -> PromptSource<'a> {
    PromptSource {
        number,
        document: &hit.chunk.document_name,
        heading_path: &hit.chunk.chunk.heading_path,
        page: hit.chunk.chunk.page,
        text,
    }
}
