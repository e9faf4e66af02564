//! What in a source looks like a citation: references of the document to its own list.

use std::collections::VecDeque;
use std::ops::Range;

use super::circled::circled_number;
use super::code::CodeState;
use super::group::{Form, GroupState, Step};
use super::link::{LinkStep, LinkTarget};
use super::raised::{Before, raised_digit};
use super::separator::is_separator;

/// Letters and digits before a mark by which a copy of it is known.
const CONTEXT: usize = 10;
/// A mark with less before it is not compared.
const MIN_CONTEXT: usize = 4;

/// The last letters and digits of a text that grows.
#[derive(Clone, Default)]
pub(super) struct Tail(VecDeque<char>);

impl Tail {
    pub(super) fn push(&mut self, character: char) {
        let is_mark = circled_number(character)
            .or(raised_digit(character))
            .is_some();
        if character.is_alphanumeric() && !is_mark {
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
            for Mark { range, numbers, .. } in found(text) {
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

/// The text without what looks like a citation, without the space before it, and without what separates two of them.
/// Links, raised digits, numbers in circles and names stay: among the words of a source these are links, powers, lists
/// and names of its own.
pub(crate) fn without_own_marks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut read = 0;
    for Mark { range, .. } in found(text).into_iter().filter(|mark| !mark.is_ambiguous) {
        let before = &text[read..range.start];
        let separates = read > 0 && before.chars().all(|c| c.is_whitespace() || is_separator(c));
        if !separates {
            kept.push_str(before);
        }
        kept.truncate(kept.trim_end().len());
        read = range.end;
    }
    kept.push_str(&text[read..]);
    // The space behind a mark that the text begins with.
    let space = kept.len() - kept.trim_start().len();
    if read > 0 {
        kept.drain(..space);
    }
    kept
}

/// What in a text reads as a citation.
struct Mark {
    range: Range<usize>,
    numbers: Vec<u32>,
    /// A link, a name, or a number that may count or raise something.
    is_ambiguous: bool,
}

/// Everything in a text that reads as a citation. Code and elements such as `list[0]` are none.
fn found(text: &str) -> Vec<Mark> {
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
        if let Some(mark) = mark_at(text, at) {
            skip = mark.range.end;
            found.push(mark);
        }
    }
    found
}

/// The mark that stands at `at`.
fn mark_at(text: &str, at: usize) -> Option<Mark> {
    let mut chars = text[at..].char_indices();
    let mut group = GroupState::new(chars.next()?.1);
    let mut end = text.len();
    for (offset, character) in chars {
        match group.read(character) {
            Step::Taken => {}
            Step::Closed => {
                end = at + offset + character.len_utf8();
                break;
            }
            Step::Over => {
                end = at + offset;
                break;
            }
        }
    }
    let next = text[end..].chars().next();
    let content = group.content(next)?;
    let is_named = content.named.is_some();
    let numbers = if is_named {
        // Which source an answer would name with it is not known here; a copy of it names none.
        vec![0]
    } else {
        content.numbers
    };
    let form = group.form();
    if form == Form::RaisedTag && Before::of(&text[..at]).takes_power() {
        return None;
    }
    let is_label = next == Some('(') && group.may_be_label();
    let address = is_label.then(|| address_at(&text[end..])).flatten();
    Some(Mark {
        range: at..end + address.unwrap_or_default(),
        numbers,
        is_ambiguous: is_label
            || is_named
            || content.is_short
            || matches!(form, Form::Circled | Form::RaisedDigit),
    })
}

/// Bytes of the address that the text begins with.
fn address_at(text: &str) -> Option<usize> {
    let mut link = LinkTarget::new();
    let end = text
        .chars()
        .map(|c| link.read(c))
        .find(|step| *step != LinkStep::Taken);
    (end == Some(LinkStep::Closed) && link.is_address()).then(|| link.text().len())
}

fn is_element(before: &str, open: char) -> bool {
    matches!(open, '[' | '\\')
        && before.ends_with(|c: char| c == '_' || c == ')' || c.is_ascii_alphanumeric())
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
            ("It costs nine marks [1], [12].", "It costs nine marks."),
            (
                "[1] It runs in May [2]; [3], then it rests.",
                "It runs in May, then it rests.",
            ),
            (
                "It runs {{source:1}} in May {source: 2}, {a: 1}.",
                "It runs in May, {a: 1}.",
            ),
            ("It is so (Source 2) [Source: 3].", "It is so."),
            (
                "See [2](https://example.org) and [note].",
                "See [2](https://example.org) and [note].",
            ),
            (
                "Sales grew [Source: World Bank], as [S1] asks [Source: 4].",
                "Sales grew [Source: World Bank], as [S1] asks.",
            ),
            (
                "Open at 9 (2 weeks) since (2004).",
                "Open at 9 (2 weeks) since (2004).",
            ),
            (
                "It closes<sup>2</sup> over 5 m<sup>2</sup>. ① Lid ② rope. 5 m², the kit².",
                "It closes over 5 m<sup>2</sup>. ① Lid ② rope. 5 m², the kit².",
            ),
            (
                "Its energy is E = mc<sup>2</sup>, as the law<sup>2</sup> says.",
                "Its energy is E = mc<sup>2</sup>, as the law says.",
            ),
        ] {
            assert_eq!(without_own_marks(text), kept);
        }
    }
}
