//! The first and last lines of pages.

use std::ops::Range;

use riddle_core::PageStart;

/// Lines at the top and at the bottom of a page that may be running ones.
const LINES: usize = 3;
/// A longer line is a paragraph.
const MAX_CHARACTERS: usize = 160;
/// Words around the number of a page.
const PAGE_WORDS: [&str; 20] = [
    "page", "pages", "p", "pg", "of", "seite", "seiten", "von", "de", "sur", "página", "pagina",
    "di", "side", "sida", "strana", "第", "页", "頁", "共",
];

/// A line near the edge of a page.
pub(super) struct Edge<'a> {
    /// Which page, from 0.
    pub(super) page: usize,
    /// At the top, not at the bottom.
    pub(super) is_top: bool,
    /// Without marks of Markdown around it.
    pub(super) words: &'a str,
    pub(super) is_heading: bool,
    /// Its line and the blank ones behind it.
    pub(super) range: Range<usize>,
}

impl Edge<'_> {
    /// Whether a number in the line goes up from that of `first` as the pages do.
    pub(super) fn counts_pages(&self, first: &Edge<'_>) -> bool {
        let pages = self.page.abs_diff(first.page);
        numbers(self.words)
            .zip(numbers(first.words))
            .any(|(own, other)| {
                own.checked_sub(other)
                    .is_some_and(|more| usize::try_from(more) == Ok(pages))
            })
    }
}

/// Lines at the edges of all pages, page by page. Rows of tables are left out, as a table names its columns on each
/// page.
pub(super) fn edges<'a>(text: &'a str, pages: &[PageStart]) -> Vec<Edge<'a>> {
    let mut edges = Vec::new();
    for (page, start) in pages.iter().enumerate() {
        let end = pages
            .get(page + 1)
            .map_or(text.len(), |next| next.byte_offset);
        let lines = lines(text, start.byte_offset..end);
        let top = lines.len().min(LINES);
        // A short page is no two edges: what stands in its first half is at its top.
        let bottom = lines
            .len()
            .saturating_sub(LINES)
            .max(lines.len().div_ceil(2));
        for (at, range) in lines.iter().enumerate() {
            let is_top = at < top.min(lines.len().div_ceil(2));
            if !is_top && at < bottom {
                continue;
            }
            let line = text[range.clone()].trim();
            let is_heading = line.starts_with('#');
            let words = line.trim_matches(['#', '*', '_', ' ']);
            let short = words.chars().nth(MAX_CHARACTERS).is_none();
            if !words.is_empty() && short && !line.starts_with('|') {
                edges.push(Edge {
                    page,
                    is_top,
                    words,
                    is_heading,
                    range: range.clone(),
                });
            }
        }
    }
    edges
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

/// Whether a pattern is the number of a page and nothing else, as `- # -` or `Page # of #`.
pub(super) fn is_page_number(pattern: &str) -> bool {
    let mut words = pattern
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty());
    pattern.contains('#') && words.all(|word| PAGE_WORDS.contains(&word))
}

fn numbers(words: &str) -> impl Iterator<Item = u64> {
    words
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
}
