//! Finds words of a list in text that is read as it looks.
//!
//! A bar looks like the letter `l`, and `l` like a bar. Inside a word a bar is the letter. At its edges it may be
//! either, so a word is found with any more of them there than it has itself, but never with fewer.

use std::collections::HashMap;

use super::fold::{Folded, Symbol, fold_word};

const LOOKS_LIKE_A_BAR: char = 'l';
/// Bars behind the core of a word that are looked at.
const MOST_BARS: usize = 4;

/// Words, each with what it means. Several lists may have the same word.
pub(super) struct Words<T> {
    /// By what is left of a word without the letters at its edges that look like bars.
    by_core: HashMap<String, Vec<Word<T>>>,
    longest_core: usize,
}

struct Word<T> {
    before: usize,
    behind: usize,
    meaning: T,
}

impl<T: Copy> Words<T> {
    pub(super) fn new(words: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut by_core: HashMap<String, Vec<Word<T>>> = HashMap::new();
        let mut longest_core = 0;
        for (word, meaning) in words {
            let letters: Vec<char> = fold_word(&word).chars().collect();
            let (before, core, behind) = split(&letters);
            longest_core = longest_core.max(core.len());
            by_core
                .entry(core.iter().collect())
                .or_default()
                .push(Word {
                    before,
                    behind,
                    meaning,
                });
        }
        Self {
            by_core,
            longest_core,
        }
    }

    /// What the words mean that all of `letters` may be. A bar in it is [`LOOKS_LIKE_A_BAR`].
    pub(super) fn whole(&self, letters: &[char]) -> impl Iterator<Item = T> {
        let (before, core, behind) = split(letters);
        let found = (core.len() <= self.longest_core)
            .then(|| self.by_core.get(&core.iter().collect::<String>()))
            .flatten();
        found
            .into_iter()
            .flatten()
            .filter(move |word| word.before <= before && word.behind <= behind)
            .map(|word| word.meaning)
    }

    /// What the words mean that end at a bar inside of `symbols`, which are letters and bars and begin at their start.
    pub(super) fn up_to_a_bar(&self, symbols: &[Folded]) -> impl Iterator<Item = T> {
        let letters = letters(symbols);
        let edge = letters
            .iter()
            .take_while(|&&c| c == LOOKS_LIKE_A_BAR)
            .count();
        let ends = edge..letters.len().min(edge + self.longest_core + MOST_BARS);
        let ends: Vec<usize> = ends
            .filter(|&end| symbols[end].symbol == Symbol::Bar)
            .collect();
        ends.into_iter()
            .flat_map(move |end| self.whole(&letters[..end]).collect::<Vec<T>>())
    }
}

/// The letters of symbols, with [`LOOKS_LIKE_A_BAR`] for a bar and without anything else.
pub(super) fn letters(symbols: &[Folded]) -> Vec<char> {
    let letter = |folded: &Folded| match folded.symbol {
        Symbol::Letter(letter) => Some(letter),
        Symbol::Bar => Some(LOOKS_LIKE_A_BAR),
        _ => None,
    };
    symbols.iter().filter_map(letter).collect()
}

/// How many letters at the start look like bars, what is between them, and how many at the end.
fn split(letters: &[char]) -> (usize, &[char], usize) {
    let is_bar = |letter: &&char| **letter == LOOKS_LIKE_A_BAR;
    let before = letters.iter().take_while(is_bar).count();
    let rest = &letters[before..];
    let behind = rest.iter().rev().take_while(is_bar).count();
    (before, &rest[..rest.len() - behind], behind)
}
