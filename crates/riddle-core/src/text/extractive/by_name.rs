//! Questions for what belongs to a name: "Who works in Legal?". The name tells what answers them, where the verb that
//! joins both seldom stands in a table or a list.

use std::collections::HashSet;

use super::reading::ReadSentence;
use super::{latin_names, row};
use crate::text::sentences::SentenceKind;
use crate::text::terms::{question_terms, terms};

/// Content words that such a question has beside the name, at most.
const OTHER_WORDS: usize = 1;
/// Names of the columns that tell where something is.
const PLACES: &str =
    "office room desk seat floor building location place site address city country town";

/// The name, and what answers.
pub(super) struct ByName {
    name: HashSet<String>,
    is_place: bool,
}

impl ByName {
    /// Of a question for people, things or places.
    pub(super) fn of(question: &str) -> Option<Self> {
        let first = question.split_whitespace().next()?.to_lowercase();
        if !matches!(first.as_str(), "who" | "where") {
            return None;
        }
        let name = terms(&latin_names::of(question).join(" "));
        let others = question_terms(question).difference(&name).count();
        (!name.is_empty() && others <= OTHER_WORDS).then_some(Self {
            name,
            is_place: first == "where",
        })
    }

    /// Whether a sentence answers: a row with the name, or a list of what belongs to it, with the name as its heading.
    pub(super) fn is_answered_by(&self, sentence: &ReadSentence) -> bool {
        if sentence.kind == SentenceKind::TableRow {
            let columns = terms(&row::names(&sentence.text));
            let fits = !self.is_place || !columns.is_disjoint(&terms(PLACES));
            return fits && self.name.is_subset(&row::values(&sentence.text));
        }
        let heading = sentence.path.rsplit(" › ").next().unwrap_or_default();
        sentence.kind == SentenceKind::ListItem && !self.is_place && self.name == terms(heading)
    }
}
