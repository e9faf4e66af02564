mod attribute;
mod by_name;
mod cover;
mod coverage;
mod form;
mod identifiers;
mod latin_names;
mod names;
mod reading;
mod row;
mod selection;
mod sources;
mod subject;
mod unknown;
mod wanted;

use std::collections::HashSet;

use crate::domain::chunk::Span;
use crate::text::terms::question_terms;

use cover::cover;
pub use names::names_unknown;
use reading::{ReadSentence, Words, read};
pub use selection::select_sentences;
use unknown::asks_for_unknown;
use wanted::Wanted;

/// Weight of a word of the question that is in the headings above a sentence and not in the sentence itself.
const HEADING_WEIGHT: f32 = 0.5;
/// The same for the sentence before, which a sentence with "this" or "they" speaks of.
const CONTEXT_WEIGHT: f32 = 0.3;
/// The same for any other sentence of the passage, where no model tells how similar the meanings are.
const PASSAGE_WORD_WEIGHT: f32 = 0.4;
/// Weight of the passage's score against the sentence's own.
const PASSAGE_WEIGHT: f32 = 0.4;

/// A passage that sentences are taken from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExtractivePassage<'a> {
    /// The passage.
    pub text: &'a str,
    /// Headings above it.
    pub heading_path: &'a [String],
    /// Name of its document.
    pub document: &'a str,
    /// Score of the final order, 0 to 1.
    pub score: f32,
}

/// A sentence that may answer the question.
#[derive(Clone, PartialEq, Debug)]
pub struct CandidateSentence {
    /// Index of its passage.
    pub passage: usize,
    /// Where it stands in the passage, in characters.
    pub span: Span,
    /// Its words without Markdown; code in backticks.
    pub text: String,
    /// What a model should score: the sentence with the headings above it.
    pub scored_text: String,
    /// Share of the question's words in it or its headings, 0 to 1; rare words count more.
    pub overlap: f32,
    /// How far the sentence is about the question where no model tells.
    coverage: f32,
    /// Whether the words say so where no model tells.
    is_covered: bool,
    /// For a row of a table: the words of the question that it has.
    row_words: Option<HashSet<String>>,
    /// The question names something with a number, such as `P-99`, and this is about another such thing; or it is a
    /// row, and does not name that, or the question names something that no passage knows, where the row has no more of
    /// the question than the names of its columns, or the row has not what the question wants of the thing.
    names_another: bool,
    /// It belongs to the name whose people or things the question asks for.
    belongs_to_name: bool,
    /// It has the form of an answer to the question, such as an instruction.
    has_form: bool,
}

/// What models say about a sentence.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Evidence {
    /// Raw score of a cross-encoder.
    pub cross_encoder: Option<f32>,
    /// Cosine of the meanings of question and sentence.
    pub similarity: Option<f32>,
}

/// The sentences of the passages that may be quoted, each text once, with their overlap with the question. Headings and
/// fragments without content words are left out, and all where the question is about a name that no passage knows.
pub fn candidate_sentences(
    question: &str,
    passages: &[ExtractivePassage<'_>],
) -> Vec<CandidateSentence> {
    if asks_for_unknown(question, passages) {
        return Vec::new();
    }
    let asked = question_terms(question);
    let mut seen = HashSet::new();
    let read: Vec<ReadSentence> = passages
        .iter()
        .enumerate()
        .flat_map(|(index, passage)| read(index, passage, &asked, &mut seen))
        .collect();
    let wanted = Wanted::of(question, &asked, passages);
    let mut candidates: Vec<CandidateSentence> = (0..read.len())
        .map(|at| wanted.candidate(&read, at))
        .collect();
    let weights = term_weights(&asked, read.iter().map(|sentence| &sentence.words.own));
    for (candidate, sentence) in candidates.iter_mut().zip(&read) {
        candidate.overlap = overlap(&weights, &sentence.words, None);
    }
    cover(question, &weights, &mut candidates, &read, passages);
    candidates
}

/// Weights of the question's terms. They add up to 1, and a term that fewer sentences have weighs more.
fn term_weights<'a>(
    question: &HashSet<String>,
    sentences: impl Iterator<Item = &'a HashSet<String>> + Clone,
) -> Vec<(String, f32)> {
    let total = sentences.clone().count() as f32;
    let mut weights: Vec<(String, f32)> = question
        .iter()
        .map(|term| {
            let holding = sentences.clone().filter(|s| s.contains(term)).count() as f32;
            (term.clone(), (1.0 + total / (1.0 + holding)).ln())
        })
        .collect();
    // Float sums depend on their order, and the order of a hash set changes from run to run.
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    let sum: f32 = weights.iter().map(|(_, weight)| weight).sum();
    for (_, weight) in &mut weights {
        *weight /= sum;
    }
    weights
}

/// Weights half way between these and equal ones.
fn levelled(weights: &[(String, f32)]) -> Vec<(String, f32)> {
    let equal = 1.0 / weights.len().max(1) as f32;
    let level = |(term, weight): &(String, f32)| (term.clone(), f32::midpoint(*weight, equal));
    weights.iter().map(level).collect()
}

/// Share of the question's words in a sentence and around it; `passage` has the words of all its passage.
fn overlap(weights: &[(String, f32)], words: &Words, passage: Option<&HashSet<String>>) -> f32 {
    weights
        .iter()
        .map(|(term, weight)| {
            if words.own.contains(term) {
                *weight
            } else if words.heading.contains(term) {
                HEADING_WEIGHT * weight
            } else if passage.is_some_and(|words| words.contains(term)) {
                PASSAGE_WORD_WEIGHT * weight
            } else if words.before.contains(term) {
                CONTEXT_WEIGHT * weight
            } else {
                0.0
            }
        })
        .sum()
}

#[cfg(test)]
mod tests;
