//! How far passages cover a question in Chinese, Japanese or Korean where no model tells: by the characters of the
//! question that stand in a matching pair.

use std::collections::HashSet;

use crate::text::terms::{Run, folded, question_runs};

/// What a character of a run, a word and a run of one character count for.
const CHARACTER: f32 = 1.0;
const WORD: f32 = 2.0;
const LONE_CHARACTER: f32 = 0.5;
/// Weight of what a passage covers against what its best sentence does.
const PASSAGE_SHARE: f32 = 0.7;
/// Weight of the longest part of the question that stands in a passage as it is, such as a name.
const LONGEST_WEIGHT: f32 = 0.2;
/// Characters from which on a longer part tells nothing more.
const LONGEST: usize = 6;

/// What a matching pair counts for that is not in the sentence itself: in the headings, in the sentence before, in the
/// one behind, elsewhere in the passage.
const HEADING_WEIGHT: f32 = 0.3;
const BEFORE_WEIGHT: f32 = 0.4;
const BEHIND_WEIGHT: f32 = 0.3;
const PASSAGE_WEIGHT: f32 = 0.2;

/// The words of a sentence and around it.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) own: &'a HashSet<String>,
    pub(super) heading: &'a HashSet<String>,
    pub(super) before: &'a HashSet<String>,
    pub(super) behind: Option<&'a HashSet<String>>,
    pub(super) passage: Option<&'a HashSet<String>>,
}

/// The parts of a question, each with its terms and what they weigh.
pub(super) struct Coverage {
    runs: Vec<(Run, Vec<(String, f32)>)>,
}

impl Coverage {
    /// Of a question with characters of such a script; `None` for any other. A term that fewer of the `sentences` have
    /// weighs more.
    pub(super) fn of(question: &str, sentences: &[&HashSet<String>]) -> Option<Self> {
        let runs = question_runs(question);
        let is_asian = runs.iter().any(|run| matches!(run, Run::Characters(_)));
        let weight = |term: &String| {
            let holding = sentences
                .iter()
                .filter(|words| words.contains(term))
                .count();
            (1.0 + sentences.len() as f32 / (1.0 + holding as f32)).ln()
        };
        let weighed = runs.into_iter().map(|run| {
            let terms = run.terms().into_iter();
            let terms = terms.map(|term| (weight(&term), term));
            let terms = terms.map(|(weight, term)| (term, weight)).collect();
            (run, terms)
        });
        is_asian.then(|| Self {
            runs: weighed.collect(),
        })
    }

    /// How far a passage with these words and sentences covers the question.
    pub(super) fn of_passage(
        &self,
        text: &str,
        words: &HashSet<String>,
        sentences: &[&HashSet<String>],
    ) -> f32 {
        let best = sentences.iter().map(|sentence| self.share(sentence));
        let best = best.fold(0.0, f32::max);
        let longest = self.longest(&folded(text)) as f32 / LONGEST as f32;
        let covered = PASSAGE_SHARE * self.share(words) + (1.0 - PASSAGE_SHARE) * best;
        covered + LONGEST_WEIGHT * longest
    }

    /// How far a sentence is about the question, 0 to 1.
    pub(super) fn of_sentence(&self, around: Around<'_>) -> f32 {
        let holds =
            |words: Option<&HashSet<String>>, term: &str| words.is_some_and(|w| w.contains(term));
        let hit = |term: &str| {
            let places = [
                (Some(around.own), 1.0),
                (Some(around.before), BEFORE_WEIGHT),
                (around.behind, BEHIND_WEIGHT),
                (Some(around.heading), HEADING_WEIGHT),
                (around.passage, PASSAGE_WEIGHT),
            ];
            let mut found = places.into_iter().filter(|(words, _)| holds(*words, term));
            found.next().map_or(0.0, |(_, weight)| weight)
        };
        self.sum(|(term, weight)| (*weight, weight * hit(term)), 1.0)
    }

    /// Share of the question that stands in matching pairs, whatever they weigh.
    fn share(&self, words: &HashSet<String>) -> f32 {
        let hit = |term: &String| f32::from(u8::from(words.contains(term)));
        self.sum(|(term, _)| (1.0, hit(term)), LONE_CHARACTER)
    }

    /// Share of what all characters and words weigh that is hit; `value` gives both for a term, `lone` what a run of
    /// one character counts for. A character has the most that a pair with it has.
    fn sum(&self, value: impl Fn(&(String, f32)) -> (f32, f32), lone: f32) -> f32 {
        let (mut total, mut hit) = (0.0, 0.0);
        for (run, terms) in &self.runs {
            let values: Vec<(f32, f32)> = terms.iter().map(&value).collect();
            let (factor, length) = match run {
                Run::Word(_) => (WORD, 1),
                Run::Characters(_) if !is_pair(terms) => (lone, 1),
                Run::Characters(_) => (CHARACTER, values.len() + 1),
            };
            for at in 0..length {
                let pairs = &values[at.saturating_sub(1)..values.len().min(at + 1)];
                let most = pairs.iter().fold((0.0_f32, 0.0_f32), |most, pair| {
                    (most.0.max(pair.0), most.1.max(pair.1))
                });
                total += factor * most.0;
                hit += factor * most.1;
            }
        }
        if total > 0.0 { hit / total } else { 0.0 }
    }

    /// Characters of the longest part of the question that a folded text has, [`LONGEST`] at most.
    fn longest(&self, text: &str) -> usize {
        let mut longest = 0;
        for (run, _) in &self.runs {
            let (Run::Word(run) | Run::Characters(run)) = run;
            let characters: Vec<char> = run.chars().collect();
            for start in 0..characters.len() {
                while longest < LONGEST
                    && let Some(part) = characters.get(start..=start + longest)
                    && text.contains(&part.iter().collect::<String>())
                {
                    longest += 1;
                }
            }
        }
        longest
    }
}

fn is_pair(terms: &[(String, f32)]) -> bool {
    terms
        .first()
        .is_some_and(|(term, _)| term.chars().nth(1).is_some())
}
