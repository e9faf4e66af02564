//! Questions that begin another topic although they are short: "Is there a gym?"

use std::collections::HashSet;

use crate::text::function_words::is_english_function_word;
use crate::text::terms::{question_terms, terms};

/// Nouns that are of something, which the question before has named: "is there a limit?"
const OF_SOMETHING: &str = "limit fee cost charge price deadline difference way reason exception minimum maximum discount \
    penalty list alternative option default password setting rule problem risk catch example reduction surcharge \
    restriction condition guarantee refund form template contact number address date time other another else delay \
    exemption requirement version more";
const OF_SOMETHING_ZH: [&str; 20] = [
    "限制", "上限", "下限", "费用", "期限", "例外", "区别", "优惠", "要求", "办法", "方法", "其他",
    "别的", "条件", "例子", "规定", "风险", "问题", "折扣", "更",
];
const JOINING: [&str; 5] = ["and", "or", "but", "also", "so"];
/// Characters of a Chinese noun, at least.
const NOUN: usize = 2;

/// Whether the words of a question ask if there is something, by a noun that belongs to nothing said before.
pub(super) fn asks_for_another_thing(words: &[&str], previous: &str) -> bool {
    let start = words
        .iter()
        .position(|word| !JOINING.contains(word))
        .unwrap_or(0);
    let named = match &words[start..] {
        ["is" | "are" | "was" | "were", "there", rest @ ..] => rest,
        ["do" | "does" | "did", rest @ ..] => after_verb(rest),
        _ => return false,
    };
    let nouns = question_terms(&named.join(" "));
    let of_something = terms(OF_SOMETHING);
    let before: HashSet<String> = terms(previous);
    !nouns.is_empty()
        && named.first().is_some_and(|first| !refers(first))
        && nouns.is_disjoint(&of_something)
        && nouns.is_disjoint(&before)
}

/// What stands behind "you have" or "the hotel offer".
fn after_verb<'a>(words: &'a [&'a str]) -> &'a [&'a str] {
    let verb = words
        .iter()
        .take(4)
        .position(|word| matches!(*word, "have" | "offer" | "provide" | "sell"));
    let own = |who: &[&str]| {
        who.iter()
            .all(|word| !matches!(*word, "it" | "they" | "he" | "she" | "one"))
    };
    match verb {
        Some(verb) if own(&words[..verb]) => &words[verb + 1..],
        _ => &[],
    }
}

/// Whether a word in front of a noun points back.
fn refers(word: &str) -> bool {
    is_english_function_word(word) && !matches!(word, "a" | "an" | "any" | "some") || word == "one"
}

/// The same for `有食堂吗`.
pub(super) fn asks_for_another_thing_zh(text: &str, previous: &str) -> bool {
    let asked = ["有没有", "有无", "有"]
        .iter()
        .find_map(|start| text.strip_prefix(start));
    let Some(noun) = asked.map(|noun| noun.trim_end_matches(['吗', '么', '呢'])) else {
        return false;
    };
    let nouns = terms(noun);
    noun.chars().nth(NOUN - 1).is_some()
        && !nouns.is_empty()
        && nouns.is_disjoint(&terms(previous))
        && !noun.starts_with(['什', '哪', '几', '多', '它', '他', '这', '那', '的'])
        && !OF_SOMETHING_ZH.iter().any(|word| noun.contains(word))
}
