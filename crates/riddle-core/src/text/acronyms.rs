//! Plurals of acronyms, which rules for the endings of words leave as they are.

use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Letters of an acronym that is told by its letters alone.
const LETTERS: RangeInclusive<usize> = 2..=4;
/// English words with the letters of such a plural.
const WORDS: [&str; 3] = ["plus", "this", "thus"];

/// The acronym that a word in small letters may be the plural of: `pdf` for `pdfs`, `cpu` for `cpus`. Its letters are
/// consonants, but for the last one of longer ones.
pub fn singular_of_acronym(word: &str) -> Option<&str> {
    let acronym = word.strip_suffix('s')?;
    let is_vowel = |letter: &u8| b"aeiouy".contains(letter);
    let (last, others) = acronym.as_bytes().split_last()?;
    let is_plain = acronym.bytes().all(|byte| byte.is_ascii_lowercase());
    let ends_so = *last != b's' && (!is_vowel(last) || others.len() > 1);
    let is_acronym = is_plain && LETTERS.contains(&acronym.len()) && ends_so;
    let is_told = is_acronym && !others.iter().any(is_vowel) && !WORDS.contains(&word);
    is_told.then_some(acronym)
}

/// The text with the acronyms of plurals that capitals tell: `URL` for `URLs`.
pub(crate) fn with_singular_acronyms(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let ends_plural = |at: usize| {
        let is_capital = |back: usize| at >= back && bytes[at - back].is_ascii_uppercase();
        let goes_on = text[at + 1..].starts_with(char::is_alphanumeric);
        is_capital(1) && is_capital(2) && !goes_on
    };
    let mut kept = String::new();
    let mut read = 0;
    for (at, _) in text.match_indices('s').filter(|(at, _)| ends_plural(*at)) {
        kept.push_str(&text[read..at]);
        read = at + 1;
    }
    if read == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[read..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_are_told_by_their_letters() {
        for (word, acronym) in [
            ("pdfs", "pdf"),
            ("cpus", "cpu"),
            ("kpis", "kpi"),
            ("pcs", "pc"),
        ] {
            assert_eq!(singular_of_acronym(word), Some(acronym));
        }
        for word in [
            "s", "as", "was", "this", "plus", "class", "css", "cars", "files", "größs",
        ] {
            assert_eq!(singular_of_acronym(word), None, "{word}");
        }
    }

    #[test]
    fn acronyms_are_told_by_their_capitals() {
        for (text, wanted) in [
            ("Which URLs and APIs?", "Which URL and API?"),
            ("URLs", "URL"),
            (
                "DNS, USsome, Äs, As, the CPU's",
                "DNS, USsome, Äs, As, the CPU's",
            ),
        ] {
            assert_eq!(with_singular_acronyms(text), wanted);
        }
    }
}
