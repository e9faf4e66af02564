use riddle_core::{function_word_form, function_words, is_chinese_function_word};

use super::compounds::{Compounding, LIKELIEST, compounding, for_each_possible_part};
use super::identifiers::is_name;
use super::runs::{Unit, for_each_unit};
use super::script::{is_han, is_kana};
use super::{analyse_as_written, chain, dates, normalised, unspaced};

/// Stands for a word that is left out. It is a separator, so that what was around the word is not joined.
const LEFT_OUT: char = '\n';

/// Weight of a part of a number, of which the whole is a term: `250` in `1,250,000`.
const PART_OF_NUMBER: f32 = 0.1;
/// Weight of a name, such as a serial number: who writes one means it.
const NAME: f32 = 2.0;
/// Weight of the stem that a word has by its language.
const STEM: f32 = 0.5;
/// Weight of a part that a word may be put together of.
const PART_OF_WORD: f32 = 0.25;

/// What a query is searched by.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct QueryTerm {
    pub(crate) text: String,
    /// How much it counts; 1 for a word.
    pub(crate) weight: f32,
}

/// A word of a query, or what stands together like one.
#[derive(PartialEq, Debug, Default)]
pub(crate) struct QueryUnit {
    pub(crate) terms: Vec<QueryTerm>,
    /// Those of its terms that name one thing, such as a serial number.
    pub(crate) names: Vec<String>,
}

/// The terms that a query is searched by, with repetitions: those of its content words, or of all where it has no
/// other.
pub(crate) fn query_terms(query: &str) -> Vec<QueryTerm> {
    query_units(query)
        .into_iter()
        .flat_map(|unit| unit.terms)
        .collect()
}

/// As [`query_terms`], each word apart.
pub(crate) fn query_units(query: &str) -> Vec<QueryUnit> {
    let language = compounding(query);
    let units = units(&content(query), language);
    if units.iter().all(|unit| unit.terms.is_empty()) {
        self::units(query, language)
    } else {
        units
    }
}

/// The same with Chinese as it is written: an index of the first version of the analyser does not simplify it.
pub(crate) fn query_terms_as_written(query: &str) -> Vec<String> {
    let terms = analyse_as_written(&content(query));
    if terms.is_empty() {
        analyse_as_written(query)
    } else {
        terms
    }
}

fn units(query: &str, language: Option<&Compounding>) -> Vec<QueryUnit> {
    let text = normalised(query);
    let mut units = Vec::new();
    for_each_unit(&text, &mut |found| {
        let mut unit = QueryUnit::default();
        match found {
            Unit::Words(runs) => add_words(&text, runs, language, &mut unit),
            Unit::Unspaced(run) => {
                unspaced::for_each_term(&text[run.clone()], &mut |term| unit.add(term, 1.0));
            }
        }
        units.push(unit);
    });
    units
}

fn add_words(
    text: &str,
    runs: &[std::ops::Range<usize>],
    language: Option<&Compounding>,
    unit: &mut QueryUnit,
) {
    let is_one = chain::for_each_joined_term(text, runs, &mut |_| {});
    let weight = if is_one { PART_OF_NUMBER } else { 1.0 };
    chain::for_each_separate_term(text, runs, &mut |term| {
        let named = runs.len() == 1 && is_name(term);
        if named {
            unit.names.push(term.to_owned());
        }
        unit.add(term, if named { NAME } else { weight });
    });
    chain::for_each_joined_term(text, runs, &mut |term| {
        let named = is_name(term);
        if named {
            unit.names.push(term.to_owned());
        }
        unit.add(term, if named { NAME } else { 1.0 });
    });
    for run in runs {
        let word = &text[run.clone()];
        let likeliest = language.unwrap_or(LIKELIEST);
        likeliest.stem_term(word, &mut |term| unit.add(term, STEM));
        let mut add_part = |term: &str| unit.add(term, PART_OF_WORD);
        match language {
            Some(language) => language.for_each_part(word, &mut add_part),
            None => for_each_possible_part(word, &mut add_part),
        }
    }
    dates::for_each_term(text, runs, &mut |term| unit.add(term, 1.0));
}

impl QueryUnit {
    fn add(&mut self, term: &str, weight: f32) {
        let text = term.to_owned();
        self.terms.push(QueryTerm { text, weight });
    }
}

/// The query without words that only carry grammar.
fn content(query: &str) -> String {
    let idle = function_words(query);
    let all_capitals = !query.chars().any(char::is_lowercase);
    let has_kana = query.chars().any(is_kana);
    let mut kept = String::with_capacity(query.len());
    let mut at = 0;
    for_each_unit(query, &mut |unit| {
        let range = match unit {
            Unit::Words(runs) => match (runs.first(), runs.last()) {
                (Some(first), Some(last)) => first.start..last.end,
                _ => return,
            },
            Unit::Unspaced(run) => run.clone(),
        };
        kept.push_str(&query[at..range.start]);
        at = range.end;
        let text = &query[range];
        match unit {
            Unit::Words(runs) => {
                let bare = runs.len() == 1 && stands_alone(query, &runs[0]);
                let name = text.chars().nth(1).is_some() && is_capitals(text) && !all_capitals;
                if bare && !name && idle.contains(&function_word_form(text)) {
                    kept.push(LEFT_OUT);
                } else {
                    kept.push_str(text);
                }
            }
            Unit::Unspaced(_) if has_kana => kept.push_str(text),
            Unit::Unspaced(_) => push_chinese_content(text, &mut kept),
        }
    });
    kept.push_str(&query[at..]);
    kept
}

/// `WHO` and `IT` are names where the rest of the query has small letters.
fn is_capitals(text: &str) -> bool {
    text.chars().all(char::is_uppercase)
}

/// Whether a word is one of a sentence, and no part of an address or a path.
fn stands_alone(query: &str, word: &std::ops::Range<usize>) -> bool {
    let ends = |c: char| {
        c.is_whitespace()
            || (!c.is_alphanumeric()
                && !matches!(
                    c,
                    '/' | '\\' | '@' | '#' | '_' | '+' | '*' | '&' | '=' | '<' | '>'
                ))
    };
    let mut after = query[word.end..].chars();
    let before = query[..word.start].chars().next_back();
    let free = match (after.next(), after.next()) {
        (Some('.' | ':'), Some(next)) => next.is_whitespace(),
        (Some(next), _) => ends(next),
        (None, _) => true,
    };
    free && before.is_none_or(|c| ends(c) && c != '.')
}

fn push_chinese_content(run: &str, kept: &mut String) {
    if !run.chars().all(is_han) {
        kept.push_str(run);
        return;
    }
    for word in unspaced::words(run) {
        if is_chinese_function_word(&normalised(word)) {
            kept.push(LEFT_OUT);
        } else {
            kept.push_str(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_grammar_are_no_terms() {
        for (query, terms) in [
            ("How do I reset a password?", vec!["reset", "password"]),
            ("What is the WHO?", vec!["who"]),
            ("Wie war der Urlaub?", vec!["urlaub"]),
            ("the cold war", vec!["cold", "war"]),
            (
                "to be or not to be",
                vec!["to", "be", "or", "not", "to", "be"],
            ),
            ("The Who", vec!["the", "who"]),
            ("vitamin A deficiency", vec!["vitamin", "defici"]),
            (
                "发票的期限是什么？",
                vec!["发", "票", "发票", "期", "限", "期限"],
            ),
            ("什么", vec!["什", "么", "什么"]),
        ] {
            let mut found = query_terms(query);
            found.retain(|term| !term.text.starts_with('~'));
            assert!(found.iter().all(|term| term.weight == 1.0), "{query}");
            let found: Vec<String> = found.into_iter().map(|term| term.text).collect();
            assert_eq!(found, terms, "{query}");
        }
    }

    #[test]
    fn parts_of_a_number_weigh_little_beside_the_whole() {
        for (query, whole, parts) in [
            ("1,250,000", vec!["1250000"], vec!["1", "250", "000"]),
            (
                "release 1.3.2",
                vec!["releas", "1.3", "1.3.2"],
                vec!["1", "3", "2"],
            ),
            (
                "since 2026-03-05",
                vec!["2026-03-05", "20260305"],
                vec!["2026", "03", "05"],
            ),
            ("rooms 12 14", vec!["room", "12", "14"], vec![]),
        ] {
            let terms = query_terms(query);
            let weight = |text: &&str| {
                let found = terms.iter().find(|term| term.text == *text);
                found.map(|term| term.weight)
            };
            assert!(
                whole.iter().all(|term| weight(term) >= Some(1.0)),
                "{query}: {terms:?}"
            );
            assert!(
                parts
                    .iter()
                    .all(|term| weight(term) == Some(PART_OF_NUMBER)),
                "{query}: {terms:?}"
            );
        }
    }
}
