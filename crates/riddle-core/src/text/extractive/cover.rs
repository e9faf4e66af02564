//! How far each sentence is about the question by its words alone.

use std::collections::HashSet;

use super::coverage::{Around, Coverage};
use super::reading::ReadSentence;
use super::{CandidateSentence, ExtractivePassage, PASSAGE_WEIGHT, levelled, overlap};
use crate::text::front_matter::front_matter_of_passage;
use crate::text::terms::terms;

/// Coverage from which on a sentence is relevant, where no model tells how similar the meanings are and the question
/// has words with spaces between them. For other scripts [`Coverage`] tells.
const SUFFICIENT_COVERAGE: f32 = 0.28;

/// Says how far each candidate is about the question by its words alone.
pub(super) fn cover(
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
        let of_passage = candidates.iter().zip(read);
        let of_passage = of_passage.filter(|(_, sentence)| sentence.passage == index);
        let (out, quotable): (Vec<_>, Vec<_>) = of_passage.partition(|(one, _)| one.names_another);
        let quotable: Vec<&ReadSentence> = quotable.into_iter().map(|(_, read)| read).collect();
        match out.is_empty() {
            true => is_sufficient(&coverage, texts[index], &words[index], &quotable),
            // What may not be quoted must not make its neighbours an answer.
            false => {
                let text = text_of(&quotable);
                is_sufficient(&coverage, &text, &terms(&text), &quotable)
            }
        }
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

fn is_sufficient(
    coverage: &Coverage,
    text: &str,
    words: &HashSet<String>,
    sentences: &[&ReadSentence],
) -> bool {
    let own: Vec<&HashSet<String>> = sentences
        .iter()
        .map(|sentence| &sentence.words.own)
        .collect();
    coverage.is_sufficient(text, words, &own)
}

/// The text of sentences with the headings above them.
fn text_of(sentences: &[&ReadSentence]) -> String {
    let parts = sentences
        .iter()
        .flat_map(|sentence| [&*sentence.path, &*sentence.text]);
    parts.collect::<Vec<_>>().join("\n")
}
