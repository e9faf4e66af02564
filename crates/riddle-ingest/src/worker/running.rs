//! Running headers and footers of paged documents: lines that come again at the edge of page after page. The first one
//! stays, the others go. A line that may be content stays.

mod counter;
mod edges;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use riddle_core::PageStart;

use edges::{Edge, Page, pages_of, pattern};

/// Running lines at one edge of a page, at most.
const LINES: usize = 3;
/// Pages on which a line must stand, at least: two forms that say the same are no document with running lines.
const MIN_PAGES: usize = 3;
/// Percent of the pages, of the left ones or of the right ones.
const MIN_SHARE: usize = 80;
/// Percent of the text that equal lines may be; beyond that they are what the document says.
const MAX_TAKEN: usize = 20;

/// Takes repeated lines at the edges of pages out of `text`, and moves the starts of pages.
pub(super) fn without_running_lines(
    text: String,
    pages: Vec<PageStart>,
) -> (String, Vec<PageStart>) {
    if pages.len() < 2 {
        return (text, pages);
    }
    let mut gone = running_lines(&text, &pages);
    gone.sort_by_key(|range| range.start);
    gone.dedup();
    cut(&text, pages, &gone)
}

/// Lines to take out. Those further in are looked at where all lines outside of them are running ones.
fn running_lines(text: &str, starts: &[PageStart]) -> Vec<Range<usize>> {
    let mut pages = pages_of(text, starts);
    let budget = text.chars().filter(|c| !c.is_whitespace()).count() * MAX_TAKEN / 100;
    let mut taken = 0;
    let mut gone = Vec::new();
    let mut seen = BTreeSet::new();
    for is_top in [true, false] {
        for _ in 0..LINES {
            let running = running(&pages, is_top, budget.saturating_sub(taken));
            if running.is_empty() {
                break;
            }
            for (index, is_equal) in running {
                let Some(edge) = pages[index].outermost(is_top) else {
                    continue;
                };
                if is_equal {
                    taken += edge.characters();
                }
                if !seen.insert((is_top, pattern(edge.words))) {
                    gone.push(edge.range);
                }
                pages[index].take(is_top);
            }
        }
    }
    gone
}

/// The pages whose outermost line is a running one, and whether it is the same on all of them.
fn running(pages: &[Page<'_>], is_top: bool, budget: usize) -> Vec<(usize, bool)> {
    let edges: Vec<Option<Edge<'_>>> = pages.iter().map(|page| page.outermost(is_top)).collect();
    let mut by_words: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_pattern: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, edge) in edges.iter().enumerate() {
        if let Some(edge) = edge {
            by_words.entry(edge.words).or_default().push(index);
            by_pattern
                .entry(pattern(edge.words))
                .or_default()
                .push(index);
        }
    }
    let mut running = Vec::new();
    let mut budget = budget;
    for (words, on) in by_words {
        let size = on.len() * edges::characters(words);
        if size <= budget && is_the_same_line(words, &on, &edges) {
            budget -= size;
            running.extend(on.into_iter().map(|index| (index, true)));
        }
    }
    let last = pages.last().map_or(0, |page| page.number);
    for (pattern, on) in by_pattern {
        let lines: Vec<(u32, &Edge<'_>)> = on
            .iter()
            .filter_map(|index| Some((pages[*index].number, edges[*index].as_ref()?)))
            .collect();
        let counting = counter::counting(&pattern, &lines, is_top, last);
        let on: Vec<usize> = on
            .into_iter()
            .zip(counting)
            .filter_map(|(index, counts)| counts.then_some(index))
            .collect();
        let least = if counter::names_a_page(&pattern) {
            2
        } else {
            MIN_PAGES
        };
        if on.len() >= least && is_on_most(&on, pages.len(), true) {
            running.extend(on.into_iter().map(|index| (index, false)));
        }
    }
    running
}

/// Whether a line that stands unchanged on some pages is a running one.
fn is_the_same_line(words: &str, on: &[usize], edges: &[Option<Edge<'_>>]) -> bool {
    if on.len() < MIN_PAGES || !is_on_most(on, edges.len(), false) {
        return false;
    }
    // `Result: passed` where another page has `Result: failed` is what a form says.
    let varies = edges.iter().flatten().any(|other| {
        other.words != words && edges::first_word(other.words) == edges::first_word(words)
    });
    !varies && !counter::is_page_number(&pattern(words)) && !is_field(words)
}

/// Whether a line has a short name and a short value, as fields of a form do.
fn is_field(words: &str) -> bool {
    let count = |part: &str| part.split_whitespace().count();
    words
        .split_once([':', '：'])
        .is_some_and(|(name, value)| count(name) <= 3 && (1..=2).contains(&count(value)))
}

/// Whether the pages are most of all, or most of those on one side. The first page is often without.
fn is_on_most(on: &[usize], pages: usize, but_first: bool) -> bool {
    let all = pages - usize::from(but_first && pages > 2 && !on.contains(&0));
    if on.len() * 100 >= all * MIN_SHARE {
        return true;
    }
    (0..2).any(|side| {
        let on_side = (side..pages).step_by(2).count();
        on.iter().all(|index| index % 2 == side) && on.len() * 100 >= on_side * MIN_SHARE
    })
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
