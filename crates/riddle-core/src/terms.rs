//! The words by which a question, a sentence and a claim are compared. Search has its own analyser (in `riddle-index`);
//! this one only compares short texts with each other.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::folding::{ascii_digit, is_decoration, is_invisible, simplified};
use crate::language::is_east_asian;

/// Fewest characters that stemming leaves of a word.
const MIN_STEM: usize = 4;
/// Endings of English words, longer ones first.
const SUFFIXES: [&str; 14] = [
    "ations", "ation", "ings", "ing", "ies", "ers", "ed", "es", "er", "al", "ly", "s", "e", "y",
];
/// English words that say nothing about a topic.
const STOP_WORDS: [&str; 76] = [
    "a", "about", "after", "all", "an", "and", "any", "are", "as", "at", "be", "been", "before",
    "but", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "how",
    "i", "if", "in", "into", "is", "it", "its", "long", "many", "may", "me", "much", "my", "no",
    "not", "of", "on", "or", "our", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "was", "we", "were", "what", "when",
    "where", "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your",
];
/// Chinese particles and question characters; a pair with one of them says nothing about a topic.
const STOP_CHARACTERS: [char; 24] = [
    '的', '了', '吗', '呢', '么', '啊', '吧', '呀', '什', '哪', '谁', '怎', '请', '您', '是', '在',
    '被', '把', '几', '何', '个', '与', '及', '或',
];
/// Chinese words of questions.
const STOP_PAIRS: [&str; 6] = ["多少", "时候", "以下", "哪里", "为了", "可以"];

/// The content words of a text, lightly stemmed; in scripts without spaces, pairs of neighbouring characters.
pub(crate) fn terms(text: &str) -> HashSet<String> {
    let folded = folded(text);
    let mut found = HashSet::new();
    for run in folded.split(|c: char| !c.is_alphanumeric()) {
        for piece in split_scripts(run) {
            if piece.chars().next().is_some_and(is_east_asian) {
                add_pairs(piece, &mut found);
            } else if !STOP_WORDS.contains(&piece) && (piece.len() > 1 || is_number(piece)) {
                found.insert(stem(piece).to_owned());
            }
        }
    }
    found
}

/// A text in the one way in which words are compared that are written in several.
pub fn folded(text: &str) -> String {
    let seen = text
        .nfkd()
        .filter(|character| !is_invisible(*character) && !is_decoration(*character));
    seen.nfc()
        .map(simplified)
        .map(|character| ascii_digit(character).unwrap_or(character))
        .flat_map(char::to_lowercase)
        .collect()
}

fn split_scripts(run: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, character) in run.char_indices() {
        let script = is_east_asian(character);
        if last.is_some_and(|last| last != script) {
            pieces.push(&run[start..at]);
            start = at;
        }
        last = Some(script);
    }
    if start < run.len() {
        pieces.push(&run[start..]);
    }
    pieces
}

fn add_pairs(run: &str, found: &mut HashSet<String>) {
    let chars: Vec<char> = run.chars().collect();
    if let [only] = chars[..]
        && !STOP_CHARACTERS.contains(&only)
    {
        found.insert(only.to_string());
    }
    for pair in chars.windows(2) {
        let word: String = pair.iter().collect();
        let empty = pair.iter().any(|c| STOP_CHARACTERS.contains(c));
        if !empty && !STOP_PAIRS.contains(&word.as_str()) {
            found.insert(word);
        }
    }
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

pub(crate) fn stem(word: &str) -> &str {
    SUFFIXES
        .iter()
        .find_map(|suffix| {
            let stem = word.strip_suffix(suffix)?;
            (stem.chars().count() >= MIN_STEM).then_some(stem)
        })
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        terms(a) == terms(b)
    }

    #[test]
    fn forms_of_a_word_are_one_term() {
        assert!(same("indexes", "indexing"));
        assert!(same("company", "companies"));
        assert!(same("The reranker compared it", "rerankers comparing"));
        assert!(!same("BM25", "BM26"));
    }

    #[test]
    fn a_word_is_one_however_it_is_written() {
        assert!(same(
            "The com\u{AD}pressor of Señor Núñez",
            "the compressor of senor nunez"
        ));
        assert!(same("財務發票", "财务发票"));
        assert!(same("ｗｉｄｅ ﬁle", "wide file"));
        assert!(!same("がん", "かん"), "a mark of Japanese is no decoration");
    }

    #[test]
    fn chinese_is_compared_by_pairs() {
        let found = terms("什么是重排序?");
        assert!(found.contains("重排") && found.contains("排序"));
        assert!(!found.iter().any(|term| term.contains('么')));
    }

    #[test]
    fn scripts_are_told_apart_in_one_run() {
        let found = terms("使用GPU加速");
        assert!(found.contains("gpu") && found.contains("使用") && found.contains("加速"));
    }
}
