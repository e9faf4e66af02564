//! Tables of HTML in Markdown, as converters write those with merged cells. They become tables of Markdown.

use std::ops::Range;

use super::html::{outermost_tables, spread};
use crate::plain::{HtmlPlaces, html_places};

pub(super) const MARKDOWN: &str = "text/markdown";

/// The line in front of each table in a page of them.
const MARK: &str = "riddle-table";

/// Where the tables are that begin a line of their own and hold no code of Markdown, which HTML would lose.
pub(super) fn tables(text: &str) -> Vec<Range<usize>> {
    let HtmlPlaces { html, code } = html_places(text);
    let is_html = |at: usize| {
        let begun = html.partition_point(|place| place.start <= at);
        html[..begun].last().is_some_and(|place| at < place.end)
    };
    let mut tables = outermost_tables(text, is_html);
    tables.retain(|table| {
        let line = text[..table.start].rsplit('\n').next();
        let first_code = code.partition_point(|place| place.start < table.start);
        let code = code.get(first_code);
        let holds_code = code.is_some_and(|place| place.start < table.end);
        line.unwrap_or_default().trim().is_empty() && !holds_code
    });
    tables
}

/// A page of these tables; `None` where there are none, or it would be longer than `most_bytes`.
pub(super) fn page(text: &str, tables: &[Range<usize>], most_bytes: usize) -> Option<String> {
    let mut page = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>".to_owned();
    for table in tables {
        page.push_str(&format!("<p>{MARK}</p>{}", spread(&text[table.clone()])));
        if page.len() > most_bytes {
            return None;
        }
    }
    (!tables.is_empty()).then(|| page + "</body></html>")
}

/// The text with its tables as they are in the Markdown that was made of their page; `None` where one is missing there.
pub(super) fn replaced(text: &str, tables: &[Range<usize>], read: &str) -> Option<String> {
    let mut written: Vec<String> = Vec::new();
    for line in read.lines() {
        if line.trim() == MARK {
            written.push(String::new());
        } else if let Some(table) = written.last_mut() {
            table.push_str(line);
            table.push('\n');
        }
    }
    if written.len() != tables.len() {
        return None;
    }
    let mut replaced = String::with_capacity(text.len());
    let mut rest = 0;
    for (place, table) in tables.iter().zip(written) {
        let between = text[rest..place.start].trim_end_matches([' ', '\t']);
        push_apart(&mut replaced, between.trim_start_matches('\n'));
        push_apart(&mut replaced, table.trim());
        rest = place.end;
    }
    push_apart(&mut replaced, text[rest..].trim_start_matches('\n'));
    Some(replaced)
}

/// Adds a paragraph or more.
fn push_apart(text: &mut String, more: &str) {
    while !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    text.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n\nFirst.\n  <table>\n<tr><td>1</td></tr>\n\n</table>\nThen.\n\n`<table>`\n\n\
                        ```\n<table></table>\n```\n\
                        <table><tr><td>2</td></tr></table>";

    #[test]
    fn tables_are_found_outside_of_code() {
        let found: Vec<&str> = tables(TEXT).into_iter().map(|table| &TEXT[table]).collect();
        assert_eq!(
            found,
            [
                "<table>\n<tr><td>1</td></tr>\n\n</table>",
                "<table><tr><td>2</td></tr></table>"
            ]
        );
        assert!(tables("Words <table><tr><td>1</td></tr></table>").is_empty());
    }

    #[test]
    fn tables_with_code_of_markdown_stay_as_they_are() {
        for code in [
            "```c\n#include <stdio.h>\nVec<String> x;\n```",
            "Use `Vec<String>` here.",
        ] {
            let table = format!("<table><tr><td>\n\n{code}\n\n</td></tr></table>");
            assert!(tables(&table).is_empty(), "{code}");
            let plain = "<table><tr><td>1</td></tr></table>";
            let text = format!("{code}\n\n{plain}\n\n{table}\n\n{plain}\n\n{code}\n");
            let found: Vec<&str> = tables(&text)
                .into_iter()
                .map(|table| &text[table])
                .collect();
            assert_eq!(found, [plain, plain], "{code}");
        }
    }

    #[test]
    fn tables_are_replaced_in_their_places() {
        let tables = tables(TEXT);
        let read = "riddle-table\n\n| 1 |\n\nriddle-table\n\n| 2 |\n";
        let replaced = replaced(TEXT, &tables, read);
        assert_eq!(
            replaced.as_deref(),
            Some(
                "# A\n\nFirst.\n\n| 1 |\n\nThen.\n\n`<table>`\n\n\
                        ```\n<table></table>\n```\n\n| 2 |\n\n"
            )
        );
        assert_eq!(
            super::replaced(TEXT, &tables, "riddle-table\n\n| 1 |"),
            None
        );
        assert!(page(TEXT, &tables, 100).is_none());
    }
}
