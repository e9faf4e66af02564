use std::collections::{BTreeSet, HashMap};

use riddle_core::{EvaluationQuestion, Gold, Quote, Span};

use super::error::{ImportError, ImportProblem};
use super::problems::Problems;
use super::set::ImportedSet;

impl ImportedSet {
    /// Documents in which passages are given by their place alone, so that their words are to be looked up with
    /// [`Self::fill_quotes`] before the set is stored.
    pub fn documents_to_quote(&self) -> BTreeSet<&str> {
        let golds = self.questions.iter().flat_map(|question| &question.golds);
        let wordless = golds.filter(|gold| gold.quote.as_ref().is_some_and(is_wordless));
        wordless.map(|gold| gold.document.as_str()).collect()
    }

    /// Gives passages that are known by their place alone their words, from the texts of documents by name.
    ///
    /// # Errors
    ///
    /// If a document is not there, or ends before the passage. Drop the set then: it may be filled in part.
    pub fn fill_quotes(&mut self, texts: &HashMap<String, String>) -> Result<(), ImportError> {
        let mut problems = Problems::default();
        for question in &mut self.questions {
            let EvaluationQuestion { id, golds, .. } = question;
            for gold in golds {
                problems.keep(fill(id, gold, texts));
            }
        }
        problems.finish()
    }
}

fn is_wordless(quote: &Quote) -> bool {
    quote.text.is_empty()
}

fn fill(
    question: &str,
    gold: &mut Gold,
    texts: &HashMap<String, String>,
) -> Result<(), ImportProblem> {
    let Some(quote) = gold.quote.as_mut().filter(|quote| is_wordless(quote)) else {
        return Ok(());
    };
    let fault = |reason: String| {
        let message = format!("question {question:?}: {reason}");
        ImportProblem {
            field: Some("relevant.span".to_owned()),
            ..ImportProblem::of_all(message)
        }
    };
    let Some(text) = texts.get(&gold.document) else {
        return Err(fault(format!(
            "there is no document {:?} to take the words from; give the quote",
            gold.document
        )));
    };
    let words = quote.span.map(|span| words(text, span)).unwrap_or_default();
    if words.trim().is_empty() {
        let end = text.chars().count();
        return Err(fault(format!(
            "the span holds no words of {:?}, which has {end} characters",
            gold.document
        )));
    }
    quote.text = words.to_owned();
    Ok(())
}

/// The characters of a span, or nothing if the text ends before it does.
fn words(text: &str, span: Span) -> &str {
    let mut offsets = text
        .char_indices()
        .map(|(offset, _)| offset)
        .chain([text.len()]);
    let length = span.end.saturating_sub(span.start) as usize;
    let start = offsets.nth(span.start as usize);
    let end = length.checked_sub(1).and_then(|more| offsets.nth(more));
    match (start, end) {
        (Some(start), Some(end)) => text.get(start..end).unwrap_or_default(),
        _ => "",
    }
}
