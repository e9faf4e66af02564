//! Labels that begin a line: those of our prompts, and the roles of templates that write them as plain words.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold::{Folded, Symbol, fold_word};
use super::words::letters;

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
    let Some((line, heading)) = short_line(before, text) else {
        return false;
    };
    let has = |word: &str| LABEL_SET.contains(word) || heading && HEADING_SET.contains(word);
    let letters_alone = line.iter().filter_map(|folded| match folded.symbol {
        Symbol::Letter(letter) => Some(letter),
        _ => None,
    });
    if has(&letters_alone.collect::<String>()) {
        return true;
    }
    // A bar is a sign, as in a table, or the letter that it looks like; before the first letter some may be either.
    let letters_end = line.iter().rposition(is_letter).map_or(0, |last| last + 1);
    let first_letter = line.iter().position(is_letter).unwrap_or(0);
    let bars = line[..first_letter].iter().enumerate();
    let starts = bars.filter(|(_, folded)| folded.symbol == Symbol::Bar);
    let starts = starts.map(|(at, _)| at).chain([first_letter]);
    starts
        .map(|start| letters(&line[start..letters_end]))
        .any(|letters| has(&letters.into_iter().collect::<String>()))
}

/// The last line of `before`, and whether it has the sign of a heading. `None` if it is too long for a label.
fn short_line<'a>(before: &'a [Folded], text: &[char]) -> Option<(&'a [Folded], bool)> {
    let (mut signs, mut letters, mut length) = (0, 0, 0);
    let mut heading = false;
    let mut place = None;
    for folded in before.iter().rev() {
        match folded.symbol {
            Symbol::Break => break,
            Symbol::Letter(_) => letters += 1,
            // Of a character, as what is put in the place of a mark's is one sign.
            _ if place != Some(folded.place) => {
                signs += 1;
                heading |= text.get(folded.place) == Some(&'#');
            }
            _ => {}
        }
        place = Some(folded.place);
        length += 1;
        if signs > MAX_SIGNS || letters > MAX_LETTERS {
            return None;
        }
    }
    Some((&before[before.len() - length..], heading))
}

fn is_letter(folded: &Folded) -> bool {
    matches!(folded.symbol, Symbol::Letter(_))
}
