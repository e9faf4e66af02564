//! The form that an answer to a question most likely has: an instruction after "how do I", the beginning of a sentence
//! for what "what is" asks for, a figure after "when" and "how many", a name after "who" and "where".

use std::collections::HashSet;

use super::latin_names;
use super::reading::ReadSentence;
use crate::text::function_words::is_english_function_word;
use crate::text::language::is_east_asian;
use crate::text::sentences::SentenceKind;
use crate::text::terms::{question_terms, terms};

/// Content words of what a question wants defined, at most.
const DEFINED: usize = 2;
const DEFINED_CHARACTERS: usize = 8;
/// What asks for a way to do something.
const HOW_TO: [&str; 10] = [
    "how do i ",
    "how do you ",
    "how do we ",
    "how can i ",
    "how can you ",
    "how can we ",
    "how to ",
    "how should i ",
    "how would i ",
    "how could i ",
];
const HOW_TO_ZH: [&str; 3] = ["怎样", "怎么", "如何"];
/// What asks for a time or a quantity behind "how", and behind "what" or "which".
const HOW: &str = "many much long far old large big tall high deep fast often";
const WHICH: &str = "year years date century decade month day number percentage percent";
const FIGURE_ZH: [&str; 10] = [
    "多少",
    "几",
    "多大",
    "多长",
    "多高",
    "多远",
    "多久",
    "何时",
    "什么时候",
    "哪一年",
];
const DIGITS_ZH: [char; 14] = [
    '二', '三', '四', '五', '六', '七', '八', '九', '十', '百', '千', '万', '亿', '两',
];
/// What asks for a name. In Chinese no letter tells a name from other words.
const NAMED: [&str; 4] = ["who", "whose", "whom", "where"];
/// Words that instructions begin with.
const IMPERATIVES: &str = "run use press choose open click add set select type enter go save start stop install put write \
    call create make give tap turn switch download upload copy send fill sign connect configure enable disable please \
    to first";
const IMPERATIVES_ZH: [&str; 10] = [
    "请", "运行", "使用", "点击", "打开", "按", "选择", "输入", "先", "要",
];
const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// The form of an answer.
pub(super) enum Form {
    Any,
    /// What to do.
    Instruction,
    /// A sentence that begins with these words.
    Definition(HashSet<String>),
    /// The same in Chinese.
    DefinitionOf(String),
    /// A sentence with a number or a date.
    Figure,
    /// A sentence with a name that is none of these words of the question.
    Name(HashSet<String>),
}

impl Form {
    /// The form that a question asks for.
    pub(super) fn of(question: &str) -> Self {
        match question.chars().any(is_east_asian) {
            true => in_chinese(question),
            false => in_english(question),
        }
    }

    /// Whether a sentence has it.
    pub(super) fn fits(&self, sentence: &ReadSentence) -> bool {
        if matches!(
            sentence.kind,
            SentenceKind::TableRow | SentenceKind::TableHead
        ) {
            return false;
        }
        match self {
            Self::Any => false,
            Self::Instruction => sentence.has_code || is_instruction(&sentence.text),
            Self::Definition(words) => begins_with(&sentence.text, words),
            Self::DefinitionOf(name) => sentence.text.starts_with(name.as_str()),
            Self::Figure => sentence.text.contains(is_digit),
            Self::Name(asked) => {
                let named = terms(&latin_names::of(&sentence.text).join(" "));
                !named.is_subset(asked)
            }
        }
    }
}

fn in_english(question: &str) -> Form {
    let lower = question.trim().to_lowercase();
    if HOW_TO.iter().any(|start| lower.starts_with(start)) {
        return Form::Instruction;
    }
    let starts = ["what is ", "what are ", "what's "];
    let defined = starts.iter().find_map(|start| lower.strip_prefix(start));
    match defined.map(question_terms) {
        Some(words) if (1..=DEFINED).contains(&words.len()) => Form::Definition(words),
        _ => figure_or_name(question, &lower),
    }
}

fn figure_or_name(question: &str, lower: &str) -> Form {
    let words: Vec<&str> = lower.split_whitespace().collect();
    let first = words.first().copied().unwrap_or_default();
    let is_one_of = |list: &str, word: &str| list.split_whitespace().any(|one| one == word);
    let asks = |pair: &[&str]| match pair[0] {
        "how" => is_one_of(HOW, pair[1]),
        "what" | "which" => is_one_of(WHICH, pair[1]),
        _ => false,
    };
    if first == "when" || words.windows(2).any(asks) {
        return Form::Figure;
    }
    match NAMED.contains(&first) {
        true => Form::Name(question_terms(question)),
        false => Form::Any,
    }
}

fn in_chinese(question: &str) -> Form {
    let bare = question
        .trim()
        .trim_end_matches(|c: char| !c.is_alphanumeric());
    let defined = bare
        .strip_prefix("什么是")
        .or_else(|| bare.strip_suffix("是什么"));
    let is_short = |name: &&str| (1..=DEFINED_CHARACTERS).contains(&name.chars().count());
    if let Some(name) = defined.map(str::trim).filter(is_short) {
        return Form::DefinitionOf(name.to_owned());
    }
    let asks = |word: &&str| bare.contains(*word) && !bare.contains("怎么样");
    if HOW_TO_ZH.iter().any(asks) {
        return Form::Instruction;
    }
    match FIGURE_ZH.iter().any(|word| bare.contains(word)) {
        true => Form::Figure,
        false => Form::Any,
    }
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || DIGITS_ZH.contains(&character)
}

fn is_instruction(text: &str) -> bool {
    if text.chars().next().is_some_and(is_east_asian) {
        return IMPERATIVES_ZH.iter().any(|start| text.starts_with(start));
    }
    let first = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    IMPERATIVES.split_whitespace().any(|word| word == first)
}

/// Whether a sentence begins with a thing, behind an article, and goes on with what it is or does.
fn begins_with(text: &str, thing: &HashSet<String>) -> bool {
    let words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let mut words = words.skip_while(|word| ARTICLES.contains(&word.to_lowercase().as_str()));
    let mut found = HashSet::new();
    for word in words.by_ref().take(thing.len()) {
        found.extend(terms(word));
    }
    let goes_on = words.next().is_some_and(|word| {
        let lower = word.to_lowercase();
        lower.ends_with('s')
            || is_english_function_word(&lower)
                && !matches!(lower.as_str(), "of" | "and" | "or" | "for")
    });
    *thing == found && goes_on
}
