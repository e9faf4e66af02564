//! Labels that begin a line: those of our prompts, and the roles of templates that write them as plain words.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::{Folded, Symbol, fold_word};

/// With `_` for a space.
const LABELS: &str = "sources source question last_question rewritten_question user assistant system human \
    资料 问题 用户 助手 系统 最后一个问题 改写后的问题";
/// Labels only as the heading of a section.
const HEADINGS: &str = "instruction instructions response input output";
/// Signs and spaces before a label, as for a heading, a list or a quotation.
const MAX_SIGNS: usize = 12;
/// Longer than any label.
const MAX_LETTERS: usize = 40;

static LABEL_SET: LazyLock<HashSet<String>> = LazyLock::new(|| folded(LABELS));
static HEADING_SET: LazyLock<HashSet<String>> = LazyLock::new(|| folded(HEADINGS));

fn folded(list: &str) -> HashSet<String> {
    let words = list.split_whitespace();
    words
        .map(|word| fold_word(&word.replace('_', "")))
        .collect()
}

/// Places of the colons behind labels. `text` is what the symbols were read from.
pub(super) fn colons(symbols: &[Folded], text: &[char]) -> Vec<usize> {
    let mut places = Vec::new();
    for (at, folded) in symbols.iter().enumerate() {
        if folded.symbol == Symbol::Colon && is_label(&symbols[..at], text) {
            places.push(folded.place);
        }
    }
    places
}

/// Whether a line that ends here is a label and nothing else.
fn is_label(before: &[Folded], text: &[char]) -> bool {
    let mut letters: Vec<char> = Vec::new();
    let mut signs = 0;
    let mut heading = false;
    for folded in before.iter().rev() {
        match folded.symbol {
            Symbol::Break => break,
            Symbol::Letter(letter) => letters.push(letter),
            _ => {
                signs += 1;
                heading |= text.get(folded.place) == Some(&'#');
            }
        }
        if signs > MAX_SIGNS || letters.len() > MAX_LETTERS {
            return false;
        }
    }
    let word: String = letters.into_iter().rev().collect();
    LABEL_SET.contains(&word) || heading && HEADING_SET.contains(&word)
}
