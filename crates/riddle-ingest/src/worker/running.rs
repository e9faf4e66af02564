//! Running headers and footers of paged documents: lines that come again at the edge of page after page. The first one
//! stays, the others go.

mod edges;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use riddle_core::PageStart;

use edges::{Edge, edges, pattern};

/// Pages on which a line must stand, at least; two pages are a document without running lines or with the same ones.
const MIN_PAGES: usize = 2;
/// Percent of the pages; left and right pages often have different lines.
const MIN_SHARE: usize = 40;
/// A line of a document of two pages must have as many words to be no coincidence.
const MIN_WORDS_OF_FEW_PAGES: usize = 3;
/// More pages than this count as many.
const FEW_PAGES: usize = 2;

/// Takes repeated lines at the edges of pages out of `text`, and moves the starts of pages.
pub(super) fn without_running_lines(
    text: String,
    pages: Vec<PageStart>,
) -> (String, Vec<PageStart>) {
    if pages.len() < MIN_PAGES {
        return (text, pages);
    }
    let lines = edges(&text, &pages);
    let repeated = repeated(&lines, pages.len());
    let mut seen = BTreeSet::new();
    let mut gone: Vec<Range<usize>> = Vec::new();
    for edge in &lines {
        let key = (edge.is_top, pattern(edge.words));
        if repeated.contains(&key) && !seen.insert(key) {
            gone.push(edge.range.clone());
        }
    }
    gone.sort_by_key(|range| range.start);
    cut(&text, pages, &gone)
}

/// Patterns of lines at one edge that stand on so many pages that they are no content.
fn repeated(lines: &[Edge<'_>], pages: usize) -> BTreeSet<(bool, String)> {
    let mut by_pattern: BTreeMap<(bool, String), Vec<&Edge<'_>>> = BTreeMap::new();
    for edge in lines {
        let key = (edge.is_top, pattern(edge.words));
        by_pattern.entry(key).or_default().push(edge);
    }
    by_pattern.retain(|(is_top, pattern), edges| {
        let on: BTreeSet<usize> = edges.iter().map(|edge| edge.page).collect();
        let enough = on.len() >= MIN_PAGES && on.len() * 100 >= pages * MIN_SHARE;
        let few = pages <= FEW_PAGES && pattern.split_whitespace().count() < MIN_WORDS_OF_FEW_PAGES;
        enough && (!few || edges::is_page_number(pattern)) && is_running(*is_top, pattern, edges)
    });
    by_pattern.into_keys().collect()
}

/// Whether lines of one pattern are the same line, or differ in the number of their page alone.
fn is_running(is_top: bool, pattern: &str, edges: &[&Edge<'_>]) -> bool {
    let same = edges.windows(2).all(|pair| pair[0].words == pair[1].words);
    if same {
        return !edges::is_page_number(pattern);
    }
    let counted = edges
        .iter()
        .filter(|edge| edge.counts_pages(edges[0]))
        .count();
    if counted * 10 < edges.len() * 8 {
        return false;
    }
    // `Question 3` at the top of page 3 is content.
    edges::is_page_number(pattern) || !is_top || !edges[0].is_heading
}

fn cut(text: &str, pages: Vec<PageStart>, gone: &[Range<usize>]) -> (String, Vec<PageStart>) {
    let mut kept = String::with_capacity(text.len());
    let mut moved = Vec::with_capacity(pages.len());
    let mut waiting = pages.into_iter().peekable();
    let mut from = 0;
    for range in gone.iter().chain([&(text.len()..text.len())]) {
        while let Some(page) = waiting.next_if(|page| page.byte_offset < range.start) {
            let at = kept.len() + page.byte_offset.max(from) - from;
            moved.push(PageStart {
                byte_offset: at,
                ..page
            });
        }
        kept.push_str(&text[from..range.start]);
        from = range.end;
    }
    let end = kept.trim_end().len();
    kept.truncate(end);
    moved.extend(waiting);
    moved.retain(|page| page.byte_offset < end);
    (kept, moved)
}
