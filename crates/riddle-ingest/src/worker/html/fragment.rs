//! Tables of HTML in another text.

use std::ops::Range;

/// Where the outermost tables of a text are. A tag counts where `is_html` takes the place at which it begins.
pub(in crate::worker) fn outermost_tables(
    text: &str,
    is_html: impl Fn(usize) -> bool,
) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut tables = Vec::new();
    let (mut open, mut begin, mut at) = (0_usize, 0, 0);
    while let Some(found) = lower[at..].find('<') {
        let start = at + found;
        let tag = &lower[start..];
        at = start + 1;
        if !is_html(start) {
            continue;
        }
        if tag.starts_with("<!--") {
            let Some(length) = tag.find("-->") else {
                break;
            };
            at = start + length;
        } else if is_tag(tag, "<table") {
            begin = if open == 0 { start } else { begin };
            open += 1;
        } else if open > 0 && is_tag(tag, "</table") {
            let Some(length) = tag.find('>') else {
                break;
            };
            at = start + length + 1;
            open -= 1;
            if open == 0 {
                tables.push(begin..at);
            }
        }
    }
    tables
}

/// Whether an element stands in a text behind which HTML has no tags up to its end. In XML it may end where it begins.
pub(super) fn holds_raw_text(text: &str) -> bool {
    const NAMES: [&str; 5] = ["<iframe", "<script", "<style", "<textarea", "<title"];
    let lower = text.to_ascii_lowercase();
    let mut tags = lower.match_indices('<');
    tags.any(|(at, _)| NAMES.iter().any(|name| is_tag(&lower[at..], name)))
}

fn is_tag(text: &str, tag: &str) -> bool {
    let ends = |c: char| matches!(c, '>' | '/') || c.is_ascii_whitespace();
    text.strip_prefix(tag)
        .is_some_and(|rest| rest.starts_with(ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_in_a_table_is_part_of_it() {
        let text = "a <tables> <TABLE id=x><tr><td><table></table></td></tr></Table > <!-- <table> --> \
                    <table></table> `<table>` </table> <table>";
        let tables = outermost_tables(text, |at| !text[..at].ends_with('`'));
        let tables: Vec<&str> = tables.into_iter().map(|table| &text[table]).collect();
        assert_eq!(
            tables,
            [
                "<TABLE id=x><tr><td><table></table></td></tr></Table >",
                "<table></table>"
            ]
        );
    }

    #[test]
    fn a_tag_that_ends_late_is_read_once() {
        const MANY: usize = 300_000;
        let text = format!("{}{}>", "<table>".repeat(MANY), "</table ".repeat(MANY));
        assert!(outermost_tables(&text, |_| true).is_empty());
        let text = format!("<table>1{}> <table></table>", "</table ".repeat(MANY));
        let end = text.len() - " <table></table>".len();
        assert_eq!(
            outermost_tables(&text, |_| true),
            [0..end, end + 1..text.len()]
        );
    }
}
