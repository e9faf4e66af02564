mod coverage;
mod identifiers;
mod names;
mod reading;
mod row;

use std::collections::{HashMap, HashSet};

use crate::chunk::Span;
use crate::citations::without_own_marks;
use crate::front_matter::front_matter_of_passage;
use crate::language::is_east_asian;
use crate::scale::min_max_scale;
use crate::sentences::SentenceKind;
use crate::terms::{question_terms, terms};

use coverage::{Around, Coverage};
use identifiers::identifiers;
pub use names::names_unknown;
use reading::{ReadSentence, Words, read};

/// Sentences quoted at most.
const MAX_QUOTED: usize = 4;
/// Share of the best sentence's score that a further one needs.
const RELATIVE_SCORE: f32 = 0.7;
/// Weight of a word of the question that is in the headings above a sentence and not in the sentence itself.
const HEADING_WEIGHT: f32 = 0.5;
/// The same for the sentence before, which a sentence with "this" or "they" speaks of.
const CONTEXT_WEIGHT: f32 = 0.3;
/// The same for any other sentence of the passage, where no model tells how similar the meanings are.
const PASSAGE_WORD_WEIGHT: f32 = 0.4;
/// Coverage from which on a sentence is relevant, where no model tells how similar the meanings are and the question
/// has words with spaces between them. For other scripts [`Coverage`] tells.
const SUFFICIENT_COVERAGE: f32 = 0.28;
/// Columns of text, two for an East Asian character, that are quoted at most where no model tells; a first sentence is
/// quoted however long it is.
const MAX_QUOTED_COLUMNS: usize = 520;
/// Cosine plus half the overlap, from which on a sentence is relevant. Measured with MiniLM on 35 questions of XQuAD in
/// English: of those with an answer in the passages 97 % get one, of those without 9 %. The cosine alone gives 94 % and
/// 9 % at best.
const SUFFICIENT_RELEVANCE: f32 = 0.55;
/// Share of the question's words from which on a row of a table is relevant whatever the models say, as they know
/// little of names and numbers.
const SUFFICIENT_ROW: f32 = 0.6;
/// A passage that sentences are taken from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExtractivePassage<'a> {
    /// The passage.
    pub text: &'a str,
    /// Headings above it.
    pub heading_path: &'a [String],
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
    /// the question than the names of its columns.
    names_another: bool,
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
/// fragments without content words are left out.
pub fn candidate_sentences(
    question: &str,
    passages: &[ExtractivePassage<'_>],
) -> Vec<CandidateSentence> {
    let asked = question_terms(question);
    let mut seen = HashSet::new();
    let read: Vec<ReadSentence> = passages
        .iter()
        .enumerate()
        .flat_map(|(index, passage)| read(index, passage, &asked, &mut seen))
        .collect();
    let mut candidates = candidates_of(question, &asked, &read, passages);
    let weights = term_weights(&asked, read.iter().map(|sentence| &sentence.words.own));
    for (candidate, sentence) in candidates.iter_mut().zip(&read) {
        candidate.overlap = overlap(&weights, &sentence.words, None);
    }
    cover(question, &weights, &mut candidates, &read, passages);
    candidates
}

fn candidates_of(
    question: &str,
    asked: &HashSet<String>,
    read: &[ReadSentence],
    passages: &[ExtractivePassage<'_>],
) -> Vec<CandidateSentence> {
    let wanted = identifiers(question);
    let unknown = names_unknown(question, passages);
    let candidate = |(at, sentence): (usize, &ReadSentence)| {
        let is_row = sentence.kind == SentenceKind::TableRow;
        let scored_text = with_headings(&sentence.path, &sentence.text);
        let own = identifiers(&scored_text);
        let other_number = !wanted.is_empty() && wanted.is_disjoint(&own);
        // A sentence without a name is about that of the one before it: "P-99 is obsolete. P-98 replaces it."
        let before = at.checked_sub(1).and_then(|at| read.get(at));
        let goes_on = before.is_some_and(|before| {
            before.passage == sentence.passage
                && before.path == sentence.path
                && !wanted.is_disjoint(&identifiers(&before.text))
        });
        let other_name = other_number && !own.is_empty() && !goes_on;
        let only_columns = || unknown && row::values(&sentence.text).is_disjoint(asked);
        let row_words = || sentence.words.own.intersection(asked).cloned().collect();
        CandidateSentence {
            passage: sentence.passage,
            span: sentence.span,
            text: quoted(&sentence.text, sentence.kind),
            overlap: 0.0,
            coverage: 0.0,
            is_covered: false,
            names_another: if is_row {
                other_number || only_columns()
            } else {
                other_name
            },
            row_words: is_row.then(row_words),
            scored_text,
        }
    };
    read.iter().enumerate().map(candidate).collect()
}

/// Says how far each candidate is about the question by its words alone.
fn cover(
    question: &str,
    weights: &[(String, f32)],
    candidates: &mut [CandidateSentence],
    read: &[ReadSentence],
    passages: &[ExtractivePassage<'_>],
) {
    let texts = passages
        .iter()
        .map(|p| &p.text[front_matter_of_passage(p.text)..]);
    let texts: Vec<&str> = texts.collect();
    let words: Vec<HashSet<String>> = texts.iter().map(|text| terms(text)).collect();
    let own: Vec<&HashSet<String>> = read.iter().map(|sentence| &sentence.words.own).collect();
    let Some(coverage) = Coverage::of(question, &own) else {
        let levelled = levelled(weights);
        for (candidate, sentence) in candidates.iter_mut().zip(read) {
            candidate.coverage = overlap(&levelled, &sentence.words, words.get(sentence.passage));
            candidate.is_covered = candidate.coverage >= SUFFICIENT_COVERAGE;
        }
        return;
    };
    let is_covered = (0..passages.len()).any(|index| {
        let sentences = read.iter().filter(|sentence| sentence.passage == index);
        let sentences: Vec<_> = sentences.map(|sentence| &sentence.words.own).collect();
        coverage.is_sufficient(texts[index], &words[index], &sentences)
    });
    for (at, (candidate, sentence)) in candidates.iter_mut().zip(read).enumerate() {
        let next = read
            .get(at + 1)
            .filter(|next| next.passage == sentence.passage && !next.words.before.is_empty());
        let around = Around {
            own: &sentence.words.own,
            heading: &sentence.words.heading,
            before: &sentence.words.before,
            behind: next.map(|next| &next.words.own),
            passage: words.get(sentence.passage),
        };
        let passage = passages.get(sentence.passage).map_or(0.0, |p| p.score);
        // Which passage fits best tells more than between models, so its score counts twice.
        candidate.coverage = coverage.of_sentence(around) + PASSAGE_WEIGHT * passage;
        candidate.is_covered = is_covered;
    }
}

/// Indices of the candidates to quote, in the order of the answer: passages by their best sentence, and the sentences
/// of one passage as they follow each other there. Empty where none is relevant. `evidence` is in the order of the
/// candidates.
pub fn select_sentences(
    candidates: &[CandidateSentence],
    evidence: &[Evidence],
    passages: &[ExtractivePassage<'_>],
) -> Vec<usize> {
    let evidence_of = |index: usize| evidence.get(index).copied().unwrap_or_default();
    let scores = combined_scores(candidates, &evidence_of, passages);
    let mut ranked: Vec<usize> = (0..candidates.len())
        .filter(|index| {
            let candidate = &candidates[*index];
            let similarity = evidence_of(*index).similarity;
            let asked_for = candidate.row_words.is_some() && candidate.overlap >= SUFFICIENT_ROW;
            (asked_for || is_relevant(candidate, similarity))
                && !candidate.names_another
                && !is_outdone(candidate, candidates)
        })
        .collect();
    ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let Some(best) = ranked.first().map(|index| scores[*index]) else {
        return Vec::new();
    };
    ranked.retain(|index| scores[*index] >= RELATIVE_SCORE * best);
    ranked.truncate(MAX_QUOTED);
    let is_blind = |index: &usize| evidence_of(*index).similarity.is_none();
    if ranked.iter().all(is_blind) {
        let mut room = MAX_QUOTED_COLUMNS;
        ranked.retain(|index| {
            let columns = columns(&candidates[*index].text);
            let fits = room == MAX_QUOTED_COLUMNS || columns <= room;
            room = if fits {
                room.saturating_sub(columns)
            } else {
                room
            };
            fits
        });
    }
    let first_of = |passage: usize| {
        ranked
            .iter()
            .position(|index| candidates[*index].passage == passage)
    };
    let mut ordered = ranked.clone();
    ordered.sort_by_key(|index| {
        let candidate = &candidates[*index];
        (first_of(candidate.passage), candidate.span.start)
    });
    ordered
}

/// Columns that a text takes: two for an East Asian character.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| 1 + usize::from(is_east_asian(c)))
        .sum()
}

/// Whether another row has every word of the question that this one has, and more: then that one is asked for.
fn is_outdone(candidate: &CandidateSentence, candidates: &[CandidateSentence]) -> bool {
    let Some(words) = &candidate.row_words else {
        return false;
    };
    candidates
        .iter()
        .filter_map(|other| other.row_words.as_ref())
        .any(|other| other.len() > words.len() && words.is_subset(other))
}

/// Whether a sentence with this cosine is about the question at all.
fn is_relevant(candidate: &CandidateSentence, similarity: Option<f32>) -> bool {
    match similarity {
        Some(similarity) => similarity + 0.5 * candidate.overlap >= SUFFICIENT_RELEVANCE,
        None => candidate.is_covered,
    }
}

/// The mean of the known scores of each sentence, each scaled to 0 to 1, plus a little for the score of its passage.
fn combined_scores(
    candidates: &[CandidateSentence],
    evidence: &dyn Fn(usize) -> Evidence,
    passages: &[ExtractivePassage<'_>],
) -> Vec<f32> {
    let scaled = |of: &dyn Fn(Evidence) -> Option<f32>| -> HashMap<usize, f32> {
        let (indices, values): (Vec<usize>, Vec<f32>) = (0..candidates.len())
            .filter_map(|index| {
                let value = of(evidence(index)).filter(|value| value.is_finite())?;
                Some((index, value))
            })
            .unzip();
        indices.into_iter().zip(min_max_scale(&values)).collect()
    };
    let cross_encoder = scaled(&|evidence| evidence.cross_encoder);
    let similarity = scaled(&|evidence| evidence.similarity);
    candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| {
            let known = [
                cross_encoder.get(&index).copied(),
                similarity.get(&index).copied(),
                Some(match similarity.contains_key(&index) {
                    true => candidate.overlap,
                    false => candidate.coverage,
                }),
            ];
            let (sum, count) = known
                .into_iter()
                .flatten()
                .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            let passage = passages.get(candidate.passage).map_or(0.0, |p| p.score);
            sum / count + PASSAGE_WEIGHT * passage
        })
        .collect()
}

/// Weight of the passage's score against the sentence's own.
const PASSAGE_WEIGHT: f32 = 0.2;

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

#[cfg(test)]
mod tests;
