//! What in a source looks like a citation: references of the document to its own list.

use std::collections::VecDeque;
use std::ops::Range;

use super::code::CodeState;
use super::group::{GroupState, Step};

/// Letters and digits before a mark by which a copy of it is known.
const CONTEXT: usize = 10;
/// A mark with less before it is not compared.
const MIN_CONTEXT: usize = 4;

/// The last letters and digits of a text that grows.
#[derive(Clone, Default)]
pub(super) struct Tail(VecDeque<char>);

impl Tail {
    pub(super) fn push(&mut self, character: char) {
        if character.is_alphanumeric() {
            self.0.extend(character.to_lowercase());
            while self.0.len() > CONTEXT {
                self.0.pop_front();
            }
        }
    }

    fn ends_with(&self, other: &Self) -> bool {
        other.0.len() >= MIN_CONTEXT
            && self
                .0
                .iter()
                .rev()
                .zip(other.0.iter().rev())
                .all(|(a, b)| a == b)
            && self.0.len() >= other.0.len()
    }
}

/// A mark of a source, with the text before it.
pub(super) struct OwnMark {
    /// The number of the source, from 1.
    source: u32,
    numbers: Vec<u32>,
    before: Tail,
}

impl OwnMark {
    /// The marks of the sources, which are numbered from 1.
    pub(super) fn of<'a>(sources: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let mut marks = Vec::new();
        for (text, source) in sources.zip(1_u32..) {
            let mut before = Tail::default();
            let mut read = 0;
            for (range, numbers) in found(text) {
                text[read..range.start].chars().for_each(|c| before.push(c));
                read = range.end;
                marks.push(Self {
                    source,
                    numbers,
                    before: before.clone(),
                });
            }
        }
        marks
    }

    /// Whether a mark of an answer is this one, copied with the words before it. A mark that names its own source is
    /// what an answer should say.
    pub(super) fn is_copied(&self, numbers: &[u32], answer: &Tail) -> bool {
        self.numbers == numbers && numbers != [self.source] && answer.ends_with(&self.before)
    }
}

/// The text without what looks like a citation, and without the space before it.
pub(crate) fn without_own_marks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut read = 0;
    for (range, _) in found(text) {
        kept.push_str(&text[read..range.start]);
        kept.truncate(kept.trim_end().len());
        read = range.end;
    }
    kept.push_str(&text[read..]);
    kept
}

/// Everything in a text that reads as a citation, with its numbers. Code, labels of links and elements such as
/// `list[0]` are none.
fn found(text: &str) -> Vec<(Range<usize>, Vec<u32>)> {
    let mut found = Vec::new();
    let mut code = CodeState::default();
    let mut skip = 0;
    for (at, character) in text.char_indices() {
        if at < skip {
            continue;
        }
        code.read(character);
        if !code.is_text() || !GroupState::opens(character) || is_element(&text[..at], character) {
            continue;
        }
        if let Some((length, numbers)) = mark_at(&text[at..]) {
            skip = at + length;
            found.push((at..skip, numbers));
        }
    }
    found
}

/// Bytes and numbers of the mark that the text begins with.
fn mark_at(text: &str) -> Option<(usize, Vec<u32>)> {
    let mut chars = text.char_indices();
    let mut group = GroupState::new(chars.next()?.1);
    let mut end = text.len();
    for (at, character) in chars {
        match group.read(character) {
            Step::Taken => {}
            Step::Closed => {
                end = at + character.len_utf8();
                break;
            }
            Step::Over => {
                end = at;
                break;
            }
        }
    }
    let next = text[end..].chars().next();
    if next == Some('(') && group.may_be_label() {
        return None;
    }
    Some((end, group.content(next)?.numbers))
}

fn is_element(before: &str, open: char) -> bool {
    open == '[' && before.ends_with(|c: char| c == '_' || c == ')' || c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_its_marks_keeps_code_elements_and_links() {
        for (text, kept) in [
            (
                "As shown [12], it holds [1, 2]. Use `a[0]` or list[3].",
                "As shown, it holds. Use `a[0]` or list[3].",
            ),
            ("甲【4】，乙［５］。", "甲，乙。"),
            ("It is so (Source 2) [Source: 3].", "It is so."),
            (
                "See [2](https://example.org) and [note].",
                "See [2](https://example.org) and [note].",
            ),
            (
                "Open at 9 (2 weeks) since (2004).",
                "Open at 9 (2 weeks) since (2004).",
            ),
        ] {
            assert_eq!(without_own_marks(text), kept);
        }
    }
}
