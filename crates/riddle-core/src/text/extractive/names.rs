//! What a question names that the passages do not know at all.

use std::collections::HashSet;

use super::ExtractivePassage;
use crate::text::acronyms::with_singular_acronyms;
use crate::text::function_words::language_of_function_words;
use crate::text::language::is_east_asian;
use crate::text::terms::{Run, folded, question_runs, terms};

/// Words of Chinese and Japanese questions that name nothing: what a list is called, and what it holds.
const GENERAL: [&str; 18] = [
    "号码", "番号", "一览", "列表", "名单", "清单", "信息", "内容", "情况", "所有", "全部", "各个",
    "介绍", "说明", "详情", "资料", "数据", "数值",
];

/// Behind it are the letters of other alphabets.
const LAST_LATIN: char = '\u{24F}';

/// Whether a question names something of which no passage and no heading has a word: a name with a capital letter, or
/// two neighbouring characters of a script without spaces that are not there at all.
pub fn names_unknown(question: &str, passages: &[ExtractivePassage<'_>]) -> bool {
    let headings = passages
        .iter()
        .flat_map(|passage| passage.heading_path.iter());
    let texts = passages.iter().map(|passage| passage.text);
    let all: Vec<&str> = texts.chain(headings.map(String::as_str)).collect();
    let all = folded(&with_singular_acronyms(&all.join("\n")));
    let characters: HashSet<char> = all.chars().filter(|c| is_east_asian(*c)).collect();
    let words = terms(&all);
    let names = match inflects_names(question) {
        true => HashSet::new(),
        false => capitalised(question),
    };
    question_runs(question).iter().any(|run| match run {
        Run::Word(word) => names.contains(word) && !words.contains(word),
        Run::Characters(run) => {
            let rest = without_general_words(run);
            let unknown = rest.split(|c| c == ' ' || characters.contains(&c));
            unknown
                .into_iter()
                .any(|part| part.chars().nth(1).is_some())
        }
    })
}

/// Whether a question is in a language in which a name has other letters by its part in the sentence: `Turun` of
/// `Turku`, `Анны` of `Анна`.
pub(super) fn inflects_names(question: &str) -> bool {
    let is_other = |c: char| c.is_alphabetic() && c > LAST_LATIN && !is_east_asian(c);
    let told = language_of_function_words(question);
    matches!(told, Some("fi" | "pl" | "tr")) || question.chars().any(is_other)
}

/// A text without the words that name nothing.
pub(super) fn without_general_words(text: &str) -> String {
    let replace = |rest: String, word: &&str| rest.replace(*word, " ");
    GENERAL.iter().fold(text.to_owned(), replace)
}

/// The words with a capital letter, without the first of a sentence in Latin letters, which has one anyway.
fn capitalised(question: &str) -> HashSet<String> {
    let begins_in_capitals = !question.chars().any(is_east_asian);
    let is_name = |word: &&str| word.chars().any(char::is_uppercase);
    let words = question
        .split(|c: char| !c.is_alphanumeric() || is_east_asian(c))
        .filter(|word| !word.is_empty())
        .skip(usize::from(begins_in_capitals));
    let names: Vec<&str> = words.filter(is_name).collect();
    terms(&names.join(" "))
}
