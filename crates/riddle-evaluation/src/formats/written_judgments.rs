use std::collections::{BTreeSet, HashMap};

use riddle_core::{EvaluationQuestion, QuestionHalf, QuestionOrigin, QuestionReview};

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
        if has_details(question) {
            notes.add(NoteKind::DetailsLeftOut, &question.id);
        }
        let mut documents: Vec<(&str, i32)> = Vec::new();
        let mut joined = BTreeSet::new();
        let mut places = HashMap::new();
        for gold in &question.golds {
            if gold.quote.is_some() {
                notes.add(NoteKind::QuotesLeftOut, &question.id);
            }
            let place = *places.entry(gold.document.as_str()).or_insert_with(|| {
                documents.push((&gold.document, gold.grade));
                documents.len() - 1
            });
            if documents[place].1 != gold.grade {
                joined.insert(place);
            }
            documents[place].1 = documents[place].1.max(gold.grade);
        }
        for place in joined {
            notes.add(NoteKind::GradesJoined, documents[place].0);
        }
        judged.push(Judged {
            question,
            documents,
        });
    }
    judged
}

/// Whether something is known of a question beside its words, answers and judgments.
pub(super) fn has_details(question: &EvaluationQuestion) -> bool {
    let quotes = question.golds.iter().filter_map(|gold| gold.quote.as_ref());
    question.origin != QuestionOrigin::Imported
        || question.review != QuestionReview::default()
        || question.half != QuestionHalf::default()
        || quotes.into_iter().any(|quote| quote.span.is_some())
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
