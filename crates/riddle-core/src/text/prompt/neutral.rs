//! Keeps text of documents and users from being read as marks: those of the prompt and those of chat templates.
//!
//! A model reads a mark as one although it is written with other characters, so the text is read as it looks: what
//! shows nothing is left out, and characters that look alike are one ([`fold`]). Where a mark is found that way, its
//! brackets become round ones and the colon of a label a full stop; everything else stays as it is, in the same order,
//! so that programs and formulas can still be quoted. Only the prompt is changed, never what readers are shown.

mod fold;
mod labels;
mod marks;
mod words;

use fold::{Symbol, fold_text, is_dropped};

/// Longest attribute value, in characters.
const MAX_ATTRIBUTE: usize = 160;

/// `text` as a prompt may have it: without marks, and without characters that show nothing. Once more changes nothing.
pub fn neutral_text(text: &str) -> String {
    let mut kept = shown(text.chars());
    let symbols = fold_text(&kept);
    let colons = labels::colons(&symbols, &kept);
    for bracket in marks::brackets(&symbols) {
        kept[bracket.place] = if bracket.opens { '(' } else { ')' };
    }
    for colon in colons {
        kept[colon] = '.';
    }
    // A joiner behind what was a bracket has nothing to join any more.
    shown(kept.into_iter()).into_iter().collect()
}

fn shown(text: impl Iterator<Item = char>) -> Vec<char> {
    let mut kept: Vec<char> = Vec::with_capacity(text.size_hint().0);
    for character in text {
        if !is_dropped(character, kept.last().copied()) {
            kept.push(character);
        }
    }
    kept
}

/// Text for a quoted attribute: one line, no quotes, no angle brackets, bounded.
pub(super) fn neutral_attribute(text: &str) -> String {
    let shortened: String = text.chars().take(MAX_ATTRIBUTE).collect();
    let line = neutral_line(&shortened);
    let quotable = line.chars().map(|character| match fold::symbol(character) {
        Some(Symbol::Angle) => '(',
        Some(Symbol::Close) if character != ']' => ')',
        _ if is_quote(character) => '\'',
        _ => character,
    });
    shown(quotable).into_iter().collect()
}

/// `text` on one line, for a prompt that gives each message a line of its own.
pub(super) fn neutral_line(text: &str) -> String {
    // First of all, as a mark may lie on both sides of the end of a line.
    let breaks = |c: char| fold::symbol(c) == Some(Symbol::Break);
    neutral_text(&text.replace(breaks, " "))
}

fn is_quote(character: char) -> bool {
    matches!(
        character,
        '"' | '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{275d}' | '\u{275e}' | '\u{301d}'..='\u{301f}' | '\u{ff02}'
    )
}

#[cfg(test)]
mod tests;
