//! The words by which a question, a sentence and a claim are compared. Search has its own analyser (in `riddle-index`);
//! this one only compares short texts with each other.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::text::acronyms::{singular_of_acronym, with_singular_acronyms};
use crate::text::folding::{ascii_digit, is_decoration, is_invisible, plain_letter, simplified};
use crate::text::function_words::{function_words, is_english_function_word};
use crate::text::joined::joined;
use crate::text::language::is_east_asian;

/// Fewest characters that stemming leaves of a word.
const MIN_STEM: usize = 4;
/// Endings of English words, longer ones first.
const SUFFIXES: [&str; 14] = [
    "ations", "ation", "ings", "ing", "ies", "ers", "ed", "es", "er", "al", "ly", "s", "e", "y",
];
/// Chinese particles and question characters; a pair with one of them says nothing about a topic. They are fewer than
/// the words of [`crate::text::function_words`], which are found by a dictionary: without one, `能` and `为` stand in too
/// many words of content, and leaving them out tells worse which passages answer (XQuAD in Chinese).
const STOP_CHARACTERS: [char; 24] = [
    '的', '了', '吗', '呢', '么', '啊', '吧', '呀', '什', '哪', '谁', '怎', '请', '您', '是', '在',
    '被', '把', '几', '何', '个', '与', '及', '或',
];
/// Chinese words of questions.
const STOP_PAIRS: [&str; 6] = ["多少", "时候", "以下", "哪里", "为了", "可以"];
/// Adjectives by which people ask for a quantity, and the nouns by which tables and texts name it. The words are as
/// [`stem`] leaves them.
const QUANTITIES: [(&str, &str); 9] = [
    ("deep", "depth"),
    ("high", "height"),
    ("tall", "height"),
    ("wide", "width"),
    ("broad", "width"),
    ("heav", "weight"),
    ("weigh", "weight"),
    ("fast", "speed"),
    ("old", "age"),
];
/// The same in Chinese.
const QUANTITIES_ZH: [(&str, &str); 7] = [
    ("多深", "深度"),
    ("多高", "高度"),
    ("多宽", "宽度"),
    ("多厚", "厚度"),
    ("多重", "重量"),
    ("多远", "距离"),
    ("多快", "速度"),
];

/// A part of a question that is compared as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Run {
    /// A word, stemmed.
    Word(String),
    /// Characters of a script without spaces, between words of grammar.
    Characters(String),
}

impl Run {
    /// What it is compared by: the word, the pairs of neighbouring characters, or the one character that it is.
    pub(crate) fn terms(&self) -> Vec<String> {
        match self {
            Self::Word(word) => vec![word.clone()],
            Self::Characters(characters) => {
                let characters: Vec<char> = characters.chars().collect();
                match characters[..] {
                    [only] => vec![only.to_string()],
                    _ => characters
                        .windows(2)
                        .map(|pair| pair.iter().collect())
                        .collect(),
                }
            }
        }
    }
}

/// The content words of a text, lightly stemmed; in scripts without spaces, pairs of neighbouring characters.
pub(crate) fn terms(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for_each_piece(&folded(&with_singular_acronyms(text)), |piece| {
        if piece.chars().next().is_some_and(is_east_asian) {
            add_pairs(piece, &mut found);
        } else {
            found.extend(content_word(piece));
        }
    });
    found
}

/// Whether any of the texts has a content word of the title.
pub fn says_a_word_of<'a>(title: &str, texts: impl IntoIterator<Item = &'a str>) -> bool {
    let wanted = terms(title);
    let mut texts = texts.into_iter();
    texts.any(|text| !terms(text).is_disjoint(&wanted))
}

/// The parts of a question between its words of grammar, in order. In a question with Chinese characters or katakana,
/// hiragana are words of grammar.
pub(crate) fn question_runs(question: &str) -> Vec<Run> {
    let mut folded = folded(&with_singular_acronyms(question));
    for (asked, named) in QUANTITIES_ZH {
        folded = folded.replace(asked, named);
    }
    for pair in STOP_PAIRS {
        folded = folded.replace(pair, " ");
    }
    let is_content = |c: char| is_east_asian(c) && !is_hiragana(c);
    let has_content = folded.chars().any(is_content);
    let idle = function_words(question);
    let mut runs = Vec::new();
    for_each_piece(&folded, |piece| {
        let first = piece.chars().next();
        if first.is_some_and(is_east_asian) {
            if !(has_content && first.is_some_and(is_hiragana)) {
                let parts = piece.split(STOP_CHARACTERS).filter(|part| !part.is_empty());
                runs.extend(parts.map(|part| Run::Characters(part.to_owned())));
            }
        } else {
            let word = content_word(piece).filter(|_| !idle.contains(piece));
            runs.extend(word.map(Run::Word));
        }
    });
    runs
}

/// The words by which a question is compared, as [`terms`] gives those of a text.
pub(crate) fn question_terms(question: &str) -> HashSet<String> {
    question_runs(question)
        .iter()
        .flat_map(Run::terms)
        .collect()
}

/// Gives the words of a folded text, and its runs of one script without spaces.
fn for_each_piece<'a>(folded: &'a str, mut give: impl FnMut(&'a str)) {
    for run in folded.split(|c: char| !c.is_alphanumeric()) {
        split_scripts(run).into_iter().for_each(&mut give);
    }
}

fn content_word(word: &str) -> Option<String> {
    // "How long" asks for a time or a length, which texts rarely call long.
    let is_grammar = is_english_function_word(word) || word == "long";
    let is_content = !is_grammar && (word.len() > 1 || is_number(word));
    is_content.then(|| {
        let stem = stem(word);
        let quantity = QUANTITIES.iter().find(|(asked, _)| *asked == stem);
        quantity.map_or(stem, |(_, named)| named).to_owned()
    })
}

fn is_hiragana(character: char) -> bool {
    ('\u{3041}'..='\u{309F}').contains(&character)
}

/// A text in the one way in which words are compared that are written in several.
pub fn folded(text: &str) -> String {
    joined(&unjoined(text))
}

/// A folded text in which acronyms and numbers keep the signs within them.
pub(crate) fn unjoined(text: &str) -> String {
    let seen = text
        .nfkd()
        .filter(|character| !is_invisible(*character) && !is_decoration(*character));
    let small = seen
        .nfc()
        .map(simplified)
        .map(|character| ascii_digit(character).unwrap_or(character))
        .flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for character in small {
        match plain_letter(character) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(character),
        }
    }
    folded
}

fn split_scripts(run: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, character) in run.char_indices() {
        let script = (is_east_asian(character), is_hiragana(character));
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

/// A word without its ending. That of an acronym, as in `PDFs`, stays where letters do not tell it.
pub(crate) fn stem(word: &str) -> &str {
    match without_ending(word) {
        bare if bare == word => singular_of_acronym(word).unwrap_or(word),
        bare => bare,
    }
}

/// A word without the ending that English words have.
pub(crate) fn without_ending(word: &str) -> &str {
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
        assert!(same("Die Straße nach Łódź", "die strasse nach lodz"));
        assert!(same("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"));
        assert!(same("مستشفى", "مستشفي"));
        assert!(same("The V.P.N. of the U.S.A.", "the vpn of the usa"));
        assert!(same("1,250,000 euros", "1 250 000 euros"));
        assert!(same("Which URLs, PDFs and CPUs?", "a URL, a pdf and a cpu"));
        assert!(!same("release 1.3.2", "release 1.32"));
        assert!(same("ｗｉｄｅ ﬁle", "wide file"));
        assert!(!same("がん", "かん"), "a mark of Japanese is no decoration");
    }

    #[test]
    fn quantities_are_asked_for_by_adjectives() {
        assert!(same("How deep is it?", "depth_m"));
        assert!(same("It weighs", "weights"));
        assert_eq!(question_terms("湖的多深？"), terms("湖；深度"));
    }

    #[test]
    fn a_question_has_runs_between_its_words_of_grammar() {
        let characters = |text: &str| Run::Characters(text.to_owned());
        assert_eq!(
            question_runs("火星的电话是多少？"),
            [characters("火星"), characters("电话")]
        );
        assert_eq!(
            question_runs("鈴木花さんのGPUは？"),
            [characters("铃木花"), Run::Word("gpu".to_owned())]
        );
        assert_eq!(question_runs("すずきはな"), [characters("すずきはな")]);
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
