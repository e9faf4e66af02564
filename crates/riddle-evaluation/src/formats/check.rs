use std::collections::HashSet;

use riddle_core::{EvaluationQuestion, Gold, Span};

use super::limits::{
    MAX_ANSWER_CHARS, MAX_ANSWERS, MAX_DOCUMENT_NAME_CHARS, MAX_GOLDS, MAX_ID_CHARS,
    MAX_QUESTION_CHARS, MAX_QUOTE_CHARS,
};

/// What a field should not hold, and how the format calls it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) field: String,
    pub(super) message: String,
}

/// How a format calls the fields of a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub(super) id: &'static str,
    pub(super) question: &'static str,
    pub(super) answers: &'static str,
    pub(super) golds: &'static str,
}

impl Fault {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Text, answers and golds of a question.
pub(super) fn question(question: &EvaluationQuestion, names: Names) -> Result<(), Fault> {
    text(&question.text, MAX_QUESTION_CHARS)
        .map_err(|message| Fault::new(names.question, message))?;
    if question.answers.len() > MAX_ANSWERS {
        return Err(Fault::new(
            names.answers,
            too_many(question.answers.len(), "answers", MAX_ANSWERS),
        ));
    }
    for (index, answer) in question.answers.iter().enumerate() {
        let fault = |message| Fault::new(format!("{}[{index}]", names.answers), message);
        text(answer, MAX_ANSWER_CHARS).map_err(fault)?;
    }
    golds(&question.golds, names.golds)
}

fn golds(golds: &[Gold], field: &str) -> Result<(), Fault> {
    if golds.len() > MAX_GOLDS {
        return Err(Fault::new(
            field,
            too_many(golds.len(), "judgments", MAX_GOLDS),
        ));
    }
    let mut seen = HashSet::new();
    for (index, gold) in golds.iter().enumerate() {
        let fault = |part: &str, message| Fault::new(format!("{field}[{index}].{part}"), message);
        document_name(&gold.document).map_err(|message| fault("document", message))?;
        if let Some(quote) = &gold.quote {
            self::quote(&quote.text, quote.span).map_err(|message| fault("quote", message))?;
        }
        if !seen.insert(gold_key(gold)) {
            let message = format!(
                "{:?} is judged twice for this question; keep one of the judgments",
                gold.document
            );
            return Err(fault("document", message));
        }
    }
    Ok(())
}

/// What a question may judge only once: a document, or a place in it.
#[derive(PartialEq, Eq, Hash, Debug)]
struct GoldKey<'a> {
    document: &'a str,
    words: Option<&'a str>,
    span: Option<(u32, u32)>,
}

fn gold_key(gold: &Gold) -> GoldKey<'_> {
    let quote = gold.quote.as_ref();
    let span = quote.and_then(|quote| quote.span);
    GoldKey {
        document: &gold.document,
        words: quote.map(|quote| quote.text.as_str()),
        span: span.map(|span| (span.start, span.end)),
    }
}

/// The words of a quote or its place, which may be without words until the document is at hand.
pub(super) fn quote(words: &str, span: Option<Span>) -> Result<(), String> {
    match span {
        Some(span) if span.start >= span.end => Err(format!(
            "the span ends at {} and begins at {}; it counts characters from 0, and its end is one past the last",
            span.end, span.start
        )),
        Some(span) if words.is_empty() => span_length(span),
        _ => text(words, MAX_QUOTE_CHARS),
    }
}

/// A span that is still without words gets at most as many as a quote may have.
fn span_length(span: Span) -> Result<(), String> {
    let length = span.end - span.start;
    if length as usize <= MAX_QUOTE_CHARS {
        return Ok(());
    }
    Err(format!(
        "the span has {length} characters, and {MAX_QUOTE_CHARS} are allowed; shorten it"
    ))
}

/// The id of a question.
pub(super) fn id(id: &str) -> Result<(), String> {
    name(id, MAX_ID_CHARS)
}

/// The name of a document.
pub(super) fn document_name(document: &str) -> Result<(), String> {
    name(document, MAX_DOCUMENT_NAME_CHARS)
}

fn name(name: &str, limit: usize) -> Result<(), String> {
    if name.contains('\u{FEFF}') {
        return Err(
            "there is a byte order mark (U+FEFF) in it, which nobody sees; remove it".to_owned(),
        );
    }
    text(name, limit)
}

/// Not blank, and not too long.
pub(super) fn text(text: &str, limit: usize) -> Result<(), String> {
    if text.chars().all(|c| c.is_whitespace() || c.is_control()) {
        return Err("it is empty; fill it in or remove the entry".to_owned());
    }
    long(text, limit)
}

/// Not too long.
pub(super) fn long(text: &str, limit: usize) -> Result<(), String> {
    // Most texts are short, and bytes are no fewer than characters.
    if text.len() <= limit {
        return Ok(());
    }
    let chars = text.chars().count();
    if chars <= limit {
        return Ok(());
    }
    Err(format!(
        "it has {chars} characters, and {limit} are allowed; shorten it"
    ))
}

/// Why a list is refused.
pub(super) fn too_many(count: usize, what: &str, limit: usize) -> String {
    format!("there are {count} {what}, and {limit} are allowed; remove some")
}
