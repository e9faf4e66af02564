//! The first and last lines of pages.

use std::ops::Range;

use riddle_core::PageStart;

/// A longer line is a paragraph.
const MAX_CHARACTERS: usize = 160;

/// A page, and which of its lines are not known as running ones.
pub(super) struct Page<'a> {
    /// Which page, as the document counts.
    pub(super) number: u32,
    text: &'a str,
    /// Lines with text; each reaches to the next.
    lines: Vec<Range<usize>>,
    /// Those left.
    left: Range<usize>,
}

/// The outermost line of a page.
pub(super) struct Edge<'a> {
    /// Without marks of Markdown around it.
    pub(super) words: &'a str,
    pub(super) is_heading: bool,
    /// Its line and the blank ones behind it.
    pub(super) range: Range<usize>,
}

/// All pages, page by page.
pub(super) fn pages_of<'a>(text: &'a str, starts: &[PageStart]) -> Vec<Page<'a>> {
    let ends = starts.iter().skip(1).map(|next| next.byte_offset);
    starts
        .iter()
        .zip(ends.chain([text.len()]))
        .map(|(start, end)| {
            let lines = lines(text, start.byte_offset..end);
            Page {
                number: start.number,
                text,
                left: 0..lines.len(),
                lines,
            }
        })
        .collect()
}

impl<'a> Page<'a> {
    /// The outermost line that is left at one edge. Rows of tables are none, as a table names its columns on each page.
    pub(super) fn outermost(&self, is_top: bool) -> Option<Edge<'a>> {
        let at = if is_top {
            self.left.start
        } else {
            self.left.end.checked_sub(1)?
        };
        let range = self
            .lines
            .get(at)
            .filter(|_| self.left.contains(&at))?
            .clone();
        let line = self.text[range.clone()].trim();
        let words = line.trim_matches(['#', '*', '_', ' ']);
        let short = words.chars().nth(MAX_CHARACTERS).is_none();
        (!words.is_empty() && short && !line.starts_with('|')).then_some(Edge {
            words,
            is_heading: line.starts_with('#'),
            range,
        })
    }

    /// Goes one line further in.
    pub(super) fn take(&mut self, is_top: bool) {
        if is_top {
            self.left.start += 1;
        } else {
            self.left.end -= 1;
        }
    }
}

impl Edge<'_> {
    pub(super) fn characters(&self) -> usize {
        characters(self.words)
    }
}

/// Characters that are no white space.
pub(super) fn characters(words: &str) -> usize {
    words
        .chars()
        .filter(|character| !character.is_whitespace())
        .count()
}

pub(super) fn first_word(words: &str) -> Option<String> {
    let word = words
        .split(|character: char| !character.is_alphanumeric())
        .find(|word| !word.is_empty())?;
    Some(word.to_lowercase())
}

/// Lines with text; each reaches to the next.
fn lines(text: &str, page: Range<usize>) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut from = page.start;
    for line in text[page].split_inclusive('\n') {
        let to = from + line.len();
        match lines.last_mut() {
            Some(last) if line.trim().is_empty() => last.end = to,
            _ if line.trim().is_empty() => {}
            _ => lines.push(from..to),
        }
        from = to;
    }
    lines
}

/// The line with one sign for each number, so that those of different pages are alike.
pub(super) fn pattern(words: &str) -> String {
    let mut pattern = String::with_capacity(words.len());
    for word in words.split_whitespace() {
        if !pattern.is_empty() {
            pattern.push(' ');
        }
        let mut in_number = false;
        for character in word.chars() {
            let is_digit = character.is_numeric();
            match (is_digit, in_number) {
                (true, true) => {}
                (true, false) => pattern.push('#'),
                (false, _) => pattern.extend(character.to_lowercase()),
            }
            in_number = is_digit;
        }
    }
    pattern
}
