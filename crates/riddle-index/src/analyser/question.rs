use riddle_core::{function_word_form, function_words, is_chinese_function_word};

use super::runs::{Unit, for_each_unit};
use super::script::{is_han, is_kana};
use super::{analyse, analyse_as_written, normalised, unspaced};

/// Stands for a word that is left out. It is a separator, so that what was around the word is not joined.
const LEFT_OUT: char = '\n';

/// The terms that a query is searched by: those of its content words, or of all where it has no other.
pub(crate) fn query_terms(query: &str) -> Vec<String> {
    let terms = analyse(&content(query));
    if terms.is_empty() {
        analyse(query)
    } else {
        terms
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
            assert_eq!(query_terms(query), terms, "{query}");
        }
    }
}
