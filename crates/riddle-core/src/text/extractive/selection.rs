//! Which of the sentences that may answer a question are quoted.

use std::collections::{HashMap, HashSet};

use super::{CandidateSentence, Evidence, ExtractivePassage, PASSAGE_WEIGHT};
use crate::ranking::scale::min_max_scale;
use crate::text::language::is_east_asian;

/// Sentences quoted at most.
const MAX_QUOTED: usize = 5;
/// Share of the best sentence's score that a further one needs.
const RELATIVE_SCORE: f32 = 0.72;
/// Columns of text, two for an East Asian character, that are quoted at most where no model tells; a first sentence is
/// quoted however long it is.
const MAX_QUOTED_COLUMNS: usize = 540;
/// Cosine plus half the overlap, from which on a sentence is relevant. Measured with MiniLM on XQuAD in English: of
/// 1,130 questions with an answer in the passages 98 % get one, of 162 over the best passages of other articles 6 %.
const SUFFICIENT_RELEVANCE: f32 = 0.52;
/// Share of the question's words from which on a row of a table is relevant whatever the models say, as they know
/// little of names and numbers.
const SUFFICIENT_ROW: f32 = 0.6;
/// What a sentence gains that has the form of an answer to the question.
const FORM_WEIGHT: f32 = 0.15;
/// What the words of the question count for against the similarity of meanings, where no cross-encoder tells.
const WORDS_WEIGHT: f32 = 2.0;

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
    let mut ranked = quotable(candidates, &evidence_of);
    ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let Some(best) = ranked.first().map(|index| scores[*index]) else {
        return Vec::new();
    };
    ranked.retain(|index| scores[*index] >= RELATIVE_SCORE * best);
    ranked.truncate(MAX_QUOTED);
    let is_blind = |index: &usize| evidence_of(*index).similarity.is_none();
    if ranked.iter().all(is_blind) {
        keep_what_fits(&mut ranked, candidates);
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

/// The candidates that may be quoted: the relevant ones, and the other sentences of the passages that have one, since
/// the sentence that answers often leaves to its neighbours what it speaks of. A row says all of it, so it has to be
/// relevant.
fn quotable(candidates: &[CandidateSentence], evidence: &dyn Fn(usize) -> Evidence) -> Vec<usize> {
    let is_row = |candidate: &CandidateSentence| candidate.row_words.is_some();
    let possible = candidates.iter().enumerate();
    let possible: Vec<(usize, &CandidateSentence)> = possible
        .filter(|(_, one)| !one.names_another && !is_outdone(one, candidates))
        .collect();
    let is_about = |index: usize| is_relevant(&candidates[index], evidence(index).similarity);
    let about: HashSet<usize> = possible
        .iter()
        .filter(|(index, one)| !is_row(one) && is_about(*index))
        .map(|(_, one)| one.passage)
        .collect();
    let may_be_quoted = |index: usize, one: &CandidateSentence| match is_row(one) {
        true => one.belongs_to_name || one.overlap >= SUFFICIENT_ROW || is_about(index),
        false => one.belongs_to_name || about.contains(&one.passage),
    };
    let found = possible.into_iter();
    found
        .filter(|(index, one)| may_be_quoted(*index, one))
        .map(|(index, _)| index)
        .collect()
}

/// Leaves out what there is no room for, but for the first sentence.
fn keep_what_fits(ranked: &mut Vec<usize>, candidates: &[CandidateSentence]) {
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

/// The mean of the known scores of each sentence, each scaled to 0 to 1, plus a share of the score of its passage.
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
    let score = |(index, candidate): (usize, &CandidateSentence)| {
        let passage = passages.get(candidate.passage).map_or(0.0, |p| p.score);
        let form = if candidate.has_form { FORM_WEIGHT } else { 0.0 };
        let known = (cross_encoder.get(&index), similarity.get(&index));
        mean_score(candidate, known) + PASSAGE_WEIGHT * passage + form
    };
    candidates.iter().enumerate().map(score).collect()
}

/// What cross-encoder, similarity and words say about a sentence together. Where a cross-encoder reads the words too,
/// they count no more than it.
fn mean_score(
    candidate: &CandidateSentence,
    (cross_encoder, similarity): (Option<&f32>, Option<&f32>),
) -> f32 {
    let words = match similarity {
        Some(_) => candidate.overlap,
        None => candidate.coverage,
    };
    let weight = match cross_encoder {
        Some(_) => 1.0,
        None => WORDS_WEIGHT,
    };
    let models = [cross_encoder, similarity].into_iter().flatten();
    let (sum, count) = models.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (sum + weight * words) / (count + weight)
}
