//! The words of all passages together, by which it is told whether they know a name.

use std::collections::HashSet;

use super::ExtractivePassage;
use crate::text::acronyms::with_singular_acronyms;
use crate::text::language::is_east_asian;
use crate::text::terms::{folded, stem};

/// Letters that two words begin with alike from which on they are forms of one: `California` and `Californian`.
const SHARED_BEGINNING: usize = 5;
/// Letters of a word from which on it may be misspelt behind its first ones.
const MAY_BE_MISSPELT: usize = 6;
/// First letters that are right in a misspelt word, and by how many letters it may be longer or shorter.
const RIGHT_LETTERS: usize = 3;
const LETTERS_MORE: usize = 2;
/// Letters of a word from which on it is looked for in other words, and in words that belong together.
const PART: usize = 4;
/// Letters of an acronym that is spelt out somewhere; by chance two letters always are.
const ACRONYM: std::ops::RangeInclusive<usize> = 3..=6;

/// What the passages say, with their headings and the names of their documents.
pub(super) struct Sources {
    /// All of it, folded.
    pub(super) text: String,
    words: HashSet<String>,
    stems: HashSet<String>,
    /// The words without spaces between them.
    joined: String,
    /// Their first letters.
    initials: String,
    /// Share of the letters that are of a script without spaces.
    unspaced: f32,
}

impl Sources {
    pub(super) fn of(passages: &[ExtractivePassage<'_>]) -> Self {
        let mut parts = Vec::new();
        for passage in passages {
            parts.extend([passage.document, passage.text]);
            parts.extend(passage.heading_path.iter().map(String::as_str));
        }
        let text = folded(&with_singular_acronyms(&parts.join("\n")));
        let is_between = |c: char| !c.is_alphanumeric() || is_east_asian(c);
        let list: Vec<&str> = text
            .split(is_between)
            .filter(|word| !word.is_empty())
            .collect();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count().max(1);
        let unspaced = text.chars().filter(|c| is_east_asian(*c)).count();
        Self {
            words: list.iter().map(|word| (*word).to_owned()).collect(),
            stems: list.iter().map(|word| stem(word).to_owned()).collect(),
            joined: list.concat(),
            initials: list.iter().filter_map(|word| word.chars().next()).collect(),
            unspaced: unspaced as f32 / letters as f32,
            text,
        }
    }

    /// Share of the letters that are of a script without spaces.
    pub(super) fn unspaced(&self) -> f32 {
        self.unspaced
    }

    /// Whether a word of a name stands there, also in another form, within another word, or spelt out.
    pub(super) fn knows(&self, word: &str) -> bool {
        let name = folded(&with_singular_acronyms(word));
        let length = name.chars().count();
        let is_acronym = ACRONYM.contains(&length) && word.chars().all(char::is_uppercase);
        self.words.contains(&name)
            || self.stems.contains(stem(&name))
            || length >= PART && self.joined.contains(&name)
            || is_acronym && self.initials.contains(&name)
            || self.words.iter().any(|other| is_form_of(&name, other))
    }
}

/// Whether two words are one in another form, or misspelt.
fn is_form_of(word: &str, other: &str) -> bool {
    let (length, others) = (word.chars().count(), other.chars().count());
    let pairs = word.chars().zip(other.chars());
    let shared = pairs.take_while(|(one, other)| one == other).count();
    shared >= SHARED_BEGINNING
        || length >= MAY_BE_MISSPELT
            && shared >= RIGHT_LETTERS
            && shared * 2 >= length
            && length.abs_diff(others) <= LETTERS_MORE
}
