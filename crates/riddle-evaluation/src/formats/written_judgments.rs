use riddle_core::EvaluationQuestion;

use super::error::ExportError;
use super::format::Format;
use super::note::NoteKind;
use super::notes::Notes;

/// How many examples an error has.
const EXAMPLES: usize = 5;

/// A question whose documents are judged.
pub(super) struct Judged<'a> {
    pub(super) question: &'a EvaluationQuestion,
    /// Documents in the order of their first judgment, each with the highest grade of its passages.
    pub(super) documents: Vec<(&'a str, i32)>,
}

/// The questions that have a judgment, with their documents. Notes what is lost by that.
pub(super) fn judged<'a>(
    questions: &'a [EvaluationQuestion],
    notes: &mut Notes,
) -> Vec<Judged<'a>> {
    let mut judged = Vec::new();
    for question in questions {
        if question.golds.is_empty() {
            notes.add(NoteKind::QuestionsNotWritten, &question.id);
            continue;
        }
        let mut documents: Vec<(&str, i32)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for gold in &question.golds {
            if gold.quote.is_some() {
                notes.add(NoteKind::QuotesLeftOut, &question.id);
            }
            let place = *places.entry(gold.document.as_str()).or_insert_with(|| {
                documents.push((&gold.document, gold.grade));
                documents.len() - 1
            });
            documents[place].1 = documents[place].1.max(gold.grade);
        }
        judged.push(Judged {
            question,
            documents,
        });
    }
    judged
}

/// Refuses ids that a format has no place for.
pub(super) fn carries<'a>(
    format: Format,
    ids: impl Iterator<Item = &'a str>,
    fits: impl Fn(&str) -> bool,
) -> Result<(), ExportError> {
    let mut unfit: Vec<&str> = ids.filter(|id| !fits(id)).collect();
    unfit.sort_unstable();
    unfit.dedup();
    if unfit.is_empty() {
        return Ok(());
    }
    Err(ExportError::Ids {
        format,
        count: unfit.len(),
        examples: unfit
            .into_iter()
            .take(EXAMPLES)
            .map(str::to_owned)
            .collect(),
    })
}

/// The ids that a list of judgments is made of.
pub(super) fn ids<'a>(judged: &'a [Judged<'a>]) -> impl Iterator<Item = &'a str> {
    judged.iter().flat_map(|judged| {
        let documents = judged.documents.iter().map(|(document, _)| *document);
        std::iter::once(judged.question.id.as_str()).chain(documents)
    })
}
