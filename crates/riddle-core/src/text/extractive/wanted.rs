use std::collections::HashSet;

use super::attribute::Attribute;
use super::by_name::ByName;
use super::form::Form;
use super::identifiers::identifiers;
use super::reading::ReadSentence;
use super::{CandidateSentence, ExtractivePassage, names_unknown, row};
use crate::text::citations::without_own_marks;
use crate::text::sentences::SentenceKind;

/// What a question wants to know, as far as it decides which sentences may answer it.
pub(super) struct Wanted<'a> {
    terms: &'a HashSet<String>,
    identifiers: HashSet<String>,
    /// It names something that no passage has.
    names_unknown: bool,
    attribute: Option<Attribute>,
    form: Form,
    by_name: Option<ByName>,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(
        question: &str,
        terms: &'a HashSet<String>,
        passages: &[ExtractivePassage<'_>],
    ) -> Self {
        Self {
            terms,
            identifiers: identifiers(question),
            names_unknown: names_unknown(question, passages),
            attribute: Attribute::of(question),
            form: Form::of(question),
            by_name: ByName::of(question),
        }
    }

    /// One of the sentences, whose overlap and coverage are not known yet.
    pub(super) fn candidate(&self, read: &[ReadSentence], at: usize) -> CandidateSentence {
        let sentence = &read[at];
        let scored_text = with_headings(&sentence.path, &sentence.text);
        let is_row = sentence.kind == SentenceKind::TableRow;
        let row_words = || sentence.words.own.intersection(self.terms).cloned();
        CandidateSentence {
            passage: sentence.passage,
            span: sentence.span,
            text: quoted(&sentence.text, sentence.kind),
            overlap: 0.0,
            coverage: 0.0,
            is_covered: false,
            names_another: self.names_another(read, at, &identifiers(&scored_text)),
            row_words: is_row.then(|| row_words().collect()),
            has_form: self.form.fits(sentence),
            belongs_to_name: self
                .by_name
                .as_ref()
                .is_some_and(|name| name.is_answered_by(sentence)),
            scored_text,
        }
    }

    /// Whether a sentence with these identifiers is about something else than the question.
    fn names_another(&self, read: &[ReadSentence], at: usize, own: &HashSet<String>) -> bool {
        let sentence = &read[at];
        let other_number = !self.identifiers.is_empty() && self.identifiers.is_disjoint(own);
        if sentence.kind != SentenceKind::TableRow {
            return other_number && !own.is_empty() && !self.goes_on(read, at);
        }
        let only_columns =
            || self.names_unknown && row::values(&sentence.text).is_disjoint(self.terms);
        let attribute = self.attribute.as_ref();
        other_number
            || only_columns()
            || attribute.is_some_and(|attribute| attribute.is_lacking_in(sentence))
    }

    /// A sentence without a name is about that of the one before it: "P-99 is obsolete. P-98 replaces it."
    fn goes_on(&self, read: &[ReadSentence], at: usize) -> bool {
        let (sentence, before) = (&read[at], at.checked_sub(1).and_then(|at| read.get(at)));
        before.is_some_and(|before| {
            before.passage == sentence.passage
                && before.path == sentence.path
                && !self.identifiers.is_disjoint(&identifiers(&before.text))
        })
    }
}

fn with_headings(path: &str, text: &str) -> String {
    if path.is_empty() {
        text.to_owned()
    } else {
        format!("{path}\n{text}")
    }
}

fn quoted(text: &str, kind: SentenceKind) -> String {
    if kind == SentenceKind::Code && !text.contains('`') {
        return format!("`{text}`");
    }
    // They would read as citations of the answer.
    without_own_marks(text)
}
