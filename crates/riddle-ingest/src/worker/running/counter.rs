//! Lines that count the pages.

use std::collections::BTreeMap;
use std::ops::Range;

use super::edges::Edge;

/// Words in front of the number of a page.
const BEFORE: [&str; 17] = [
    "page",
    "pages",
    "p",
    "pp",
    "pg",
    "seite",
    "seiten",
    "página",
    "pagina",
    "pág",
    "pag",
    "side",
    "sida",
    "strana",
    "strona",
    "стр",
    "страница",
];
/// Words between the number of a page and how many there are.
const BETWEEN: [&str; 11] = [
    "of", "von", "de", "sur", "di", "af", "av", "z", "из", "van", "/",
];
/// Words behind the number of a page.
const BEHIND: [&str; 5] = ["页", "頁", "ページ", "쪽", "페이지"];
/// Signs that part a page number from the rest of its line.
const SEPARATORS: [char; 7] = ['|', '·', '•', '–', '—', '-', '/'];
/// How far a number of all pages may be from that of the last one.
const MAX_MISSING_PAGES: u64 = 2;

/// Which of the lines of one pattern differ in the number of their page alone. `last` is the number of the last page.
pub(super) fn counting(
    pattern: &str,
    lines: &[(u32, &Edge<'_>)],
    is_top: bool,
    last: u32,
) -> Vec<bool> {
    let numbers: Vec<Vec<Range<usize>>> = lines.iter().map(|(_, edge)| runs(edge.words)).collect();
    let value = |line: usize, run: usize| -> Option<u64> {
        let range = numbers[line].get(run)?.clone();
        lines[line].1.words[range].parse().ok()
    };
    let runs = numbers.first().map_or(0, Vec::len);
    let changing: Vec<usize> = (0..runs)
        .filter(|run| (1..lines.len()).any(|line| value(line, *run) != value(0, *run)))
        .collect();
    let &[run] = changing.as_slice() else {
        return vec![false; lines.len()];
    };
    let offset = |line: usize| {
        let shown = i64::try_from(value(line, run)?).ok()?;
        Some(shown - i64::from(lines[line].0))
    };
    let mut offsets: BTreeMap<i64, usize> = BTreeMap::new();
    for offset in (0..lines.len()).filter_map(offset) {
        *offsets.entry(offset).or_default() += 1;
    }
    let Some((usual, _)) = offsets.into_iter().max_by_key(|(_, count)| *count) else {
        return vec![false; lines.len()];
    };
    (0..lines.len())
        .map(|line| {
            let place = Place::new(lines[line].1, &numbers[line], run);
            offset(line) == Some(usual)
                && place.is_some_and(|place| {
                    is_page_number(pattern)
                        || place.has_page_word()
                        || place.is_of_all(last)
                        || (usual <= 0 && place.is_at_an_end(is_top))
                })
        })
        .collect()
}

/// Whether a pattern is the number of a page and nothing else, as `- # -` or `Page # of #`.
pub(super) fn is_page_number(pattern: &str) -> bool {
    let mut rest = pattern.to_owned();
    for word in BEHIND.iter().chain(&["第", "共"]) {
        rest = rest.replace(word, " ");
    }
    let mut words = rest
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty());
    pattern.contains('#') && words.all(|word| BEFORE.contains(&word) || BETWEEN.contains(&word))
}

/// Whether it is the number of a page by what it says, so that two pages prove it.
pub(super) fn names_a_page(pattern: &str) -> bool {
    is_page_number(pattern) && pattern.chars().any(char::is_alphabetic)
}

/// A number and what stands around it.
struct Place<'a> {
    edge: &'a Edge<'a>,
    before: &'a str,
    after: &'a str,
    /// The number behind it, and what stands between.
    next: Option<(&'a str, u64)>,
}

impl<'a> Place<'a> {
    fn new(edge: &'a Edge<'a>, numbers: &[Range<usize>], run: usize) -> Option<Self> {
        let own = numbers.get(run)?;
        let next = numbers.get(run + 1).and_then(|next| {
            let number = edge.words[next.clone()].parse().ok()?;
            Some((edge.words[own.end..next.start].trim(), number))
        });
        Some(Self {
            edge,
            before: &edge.words[..own.start],
            after: &edge.words[own.end..],
            next,
        })
    }

    /// Whether the number is no part of a longer one, such as `2026-041` or `SN-7`.
    fn stands_alone(&self) -> bool {
        let open = |character: char| character.is_whitespace() || "|([·•".contains(character);
        let close = |character: char| character.is_whitespace() || "|)]·•/".contains(character);
        self.before.chars().next_back().is_none_or(open)
            && self.after.chars().next().is_none_or(close)
    }

    fn has_page_word(&self) -> bool {
        let behind = self.after.trim_start();
        if BEHIND.iter().any(|word| behind.starts_with(word)) {
            return true;
        }
        let before = self.before.trim_end_matches([' ', '.', ':', '-', '–', '|']);
        let word = before
            .rsplit(|character: char| !character.is_alphanumeric())
            .next();
        word.is_some_and(|word| BEFORE.contains(&word.to_lowercase().as_str()))
    }

    /// Whether the number of all pages follows, as in `3 / 12`.
    fn is_of_all(&self, last: u32) -> bool {
        self.stands_alone()
            && self.next.is_some_and(|(between, all)| {
                BETWEEN.contains(&between.to_lowercase().as_str())
                    && all.abs_diff(last.into()) <= MAX_MISSING_PAGES
            })
    }

    /// Whether the line begins or ends with the number, and the rest is no title such as `Question 3`.
    fn is_at_an_end(&self, is_top: bool) -> bool {
        const MIN_WORDS: usize = 3;
        let before = self.before.trim_end();
        let after = self.after.trim_start();
        if !self.stands_alone() || before.is_empty() == after.is_empty() {
            return false;
        }
        if before.ends_with(SEPARATORS) || after.starts_with(SEPARATORS) {
            return true;
        }
        let words = before
            .split_whitespace()
            .chain(after.split_whitespace())
            .count();
        !is_top && !self.edge.is_heading && words >= MIN_WORDS
    }
}

/// Where the numbers stand.
fn runs(words: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, character) in words.char_indices() {
        if !character.is_ascii_digit() {
            continue;
        }
        match runs.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}
