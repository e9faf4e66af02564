//! How far each sentence is about the question by its words alone.

use std::collections::HashSet;

use super::coverage::{Around, Coverage};
use super::reading::ReadSentence;
use super::{CandidateSentence, ExtractivePassage, levelled, overlap};
use crate::text::front_matter::front_matter_of_passage;
use crate::text::terms::terms;

/// Coverage from which on a sentence is relevant, where no model tells how similar the meanings are and the question
/// has words with spaces between them. For other scripts [`Coverage`] tells.
const SUFFICIENT_COVERAGE: f32 = 0.28;
/// What [`Coverage`] says of a passage from which on it holds an answer.
const SUFFICIENT: f32 = 0.5;
/// Weight of the lead of the first passage. Where one passage answers, the search tells it from the others; where none
/// does, they are much alike.
const LEAD_WEIGHT: f32 = 0.3;
/// The lead that says nothing, as of a passage alone.
const USUAL_LEAD: f32 = 0.17;
/// Passages behind the first that its lead is told by, however many there are.
const BEHIND: usize = 2;

/// A passage without its front matter.
struct Body<'a> {
    text: &'a str,
    words: HashSet<String>,
}

/// Says how far each candidate is about the question by its words alone.
pub(super) fn cover(
    question: &str,
    weights: &[(String, f32)],
    candidates: &mut [CandidateSentence],
    read: &[ReadSentence],
    passages: &[ExtractivePassage<'_>],
) {
    let bodies: Vec<Body<'_>> = passages.iter().map(body).collect();
    let words = |passage: usize| bodies.get(passage).map(|body| &body.words);
    let own: Vec<&HashSet<String>> = read.iter().map(|sentence| &sentence.words.own).collect();
    let Some(coverage) = Coverage::of(question, &own) else {
        let levelled = levelled(weights);
        for (candidate, sentence) in candidates.iter_mut().zip(read) {
            candidate.coverage = overlap(&levelled, &sentence.words, words(sentence.passage));
            candidate.is_covered = candidate.coverage >= SUFFICIENT_COVERAGE;
        }
        return;
    };
    let is_covered = (0..passages.len()).any(|index| {
        let covered = covered(&coverage, index, &bodies[index], candidates, read);
        covered + LEAD_WEIGHT * (lead(index, passages) - USUAL_LEAD) >= SUFFICIENT
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
            passage: words(sentence.passage),
        };
        candidate.coverage = coverage.of_sentence(around);
        candidate.is_covered = is_covered;
    }
}

fn body<'a>(passage: &ExtractivePassage<'a>) -> Body<'a> {
    let text = &passage.text[front_matter_of_passage(passage.text)..];
    Body {
        text,
        words: terms(text),
    }
}

/// By how much the first passage stands out from those behind it; no other one does.
fn lead(index: usize, passages: &[ExtractivePassage<'_>]) -> f32 {
    if index > 0 {
        return 0.0;
    }
    let behind = &passages[1..passages.len().min(1 + BEHIND)];
    if behind.is_empty() {
        return USUAL_LEAD;
    }
    let sum: f32 = behind.iter().map(|passage| passage.score).sum();
    passages[0].score - sum / behind.len() as f32
}

/// How far a passage covers the question by what may be quoted of it.
fn covered(
    coverage: &Coverage,
    index: usize,
    body: &Body<'_>,
    candidates: &[CandidateSentence],
    read: &[ReadSentence],
) -> f32 {
    let of_passage = candidates.iter().zip(read);
    let of_passage = of_passage.filter(|(_, sentence)| sentence.passage == index);
    let (out, quotable): (Vec<_>, Vec<_>) = of_passage.partition(|(one, _)| one.names_another);
    let quotable: Vec<&ReadSentence> = quotable.into_iter().map(|(_, read)| read).collect();
    let own: Vec<&HashSet<String>> = quotable.iter().map(|one| &one.words.own).collect();
    if out.is_empty() {
        return coverage.of_passage(body.text, &body.words, &own);
    }
    // What may not be quoted must not make its neighbours an answer.
    let text = text_of(&quotable);
    coverage.of_passage(&text, &terms(&text), &own)
}

/// The text of sentences with the headings above them.
fn text_of(sentences: &[&ReadSentence]) -> String {
    let parts = sentences
        .iter()
        .flat_map(|sentence| [&*sentence.path, &*sentence.text]);
    parts.collect::<Vec<_>>().join("\n")
}
