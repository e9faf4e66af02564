//! Tables that go on from page to page. The library takes the first row on each page for the names of the columns, so
//! the names of the page before are put in front of it.

use riddle_core::PageStart;

use super::tables::{cells, table_lines};
use crate::header::{SAMPLE_ROWS, goes_on};

/// Longest line of names that is written again, in bytes.
const LONGEST_NAMES: usize = 2_000;

/// The text in which the columns of each table have their names on every page, and where its pages start.
pub(super) fn with_names_again(text: &str, pages: &[PageStart]) -> (String, Vec<PageStart>) {
    let mut named = String::with_capacity(text.len());
    let mut moved = Vec::with_capacity(pages.len());
    let mut former = None;
    named.push_str(&text[..pages.first().map_or(text.len(), |page| page.byte_offset)]);
    for (at, page) in pages.iter().enumerate() {
        let end = pages
            .get(at + 1)
            .map_or(text.len(), |next| next.byte_offset);
        moved.push(PageStart {
            byte_offset: named.len(),
            number: page.number,
        });
        former = push_page(&mut named, &text[page.byte_offset..end], former);
    }
    (named, moved)
}

/// A table at the end of a page.
struct Table<'a> {
    /// The line that names the columns.
    names: &'a str,
    /// Its cells, and those of some rows below.
    rows: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    fn new(names: &'a str, rows: &[&str]) -> Self {
        let rows = rows.iter().take(SAMPLE_ROWS);
        Self {
            names,
            rows: std::iter::once(&names)
                .chain(rows)
                .map(|row| cells(row))
                .collect(),
        }
    }

    /// Whether the table of these lines, which begins a page, is the rest of this one.
    fn goes_on(&self, lines: &[&str]) -> bool {
        let next = Table::new(lines[0], &lines[2..]);
        self.names.len() <= LONGEST_NAMES
            && self.rows[0].len() == next.rows[0].len()
            && goes_on(&self.rows, &next.rows)
    }
}

/// Adds a page, and returns the table that it ends with.
fn push_page<'a>(
    named: &mut String,
    page: &'a str,
    former: Option<Table<'a>>,
) -> Option<Table<'a>> {
    let begin = page.len() - page.trim_start().len();
    let lines: Vec<&str> = page.trim().lines().collect();
    let length = table_lines(&lines);
    let former = former.filter(|former| length > 0 && former.goes_on(&lines[..length]));
    let Some(former) = former else {
        named.push_str(page);
        return last_table(&lines);
    };
    let (row, rule) = (lines[0], lines[1]);
    let rest = page[begin..].splitn(3, '\n').nth(2);
    named.push_str(&page[..begin]);
    named.push_str(&format!("{}\n{rule}\n{row}\n", former.names));
    named.push_str(rest.unwrap_or_default());
    if length < lines.len() {
        return last_table(&lines);
    }
    let rows: Vec<&str> = std::iter::once(row)
        .chain(lines[2..].iter().copied())
        .collect();
    Some(Table::new(former.names, &rows))
}

fn last_table<'a>(lines: &[&'a str]) -> Option<Table<'a>> {
    let begin = lines.iter().rposition(|line| !line.starts_with('|'));
    let table = &lines[begin.map_or(0, |at| at + 1)..];
    (table_lines(table) > 0).then(|| Table::new(table[0], &table[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages of a text, with the names again.
    fn named(pages: &[&str]) -> Vec<String> {
        let mut starts = Vec::new();
        let mut text = String::new();
        for (page, number) in pages.iter().zip(1..) {
            starts.push(PageStart {
                byte_offset: text.len(),
                number,
            });
            text.push_str(page);
        }
        let (named, starts) = with_names_again(&text, &starts);
        let ends = starts.iter().skip(1).map(|page| page.byte_offset);
        let ends = ends.chain([named.len()]);
        let pages = starts.iter().zip(ends);
        let page = |(start, end): (&PageStart, usize)| named[start.byte_offset..end].to_owned();
        pages.map(page).collect()
    }

    const FIRST: &str =
        "# Valves\n\n| Valve | Wing |\n| --- | --- |\n| V-01 | north |\n| V-02 | south |\n\n";

    #[test]
    fn a_table_that_goes_on_has_its_names_on_every_page() {
        let pages = [
            FIRST,
            "| V-41 | east |\n| --- | --- |\n| V-42 | west |\n\n",
            "\n\n| V-81 | east |\n| --- | --- |\n\nAll were tested.\n\n",
            "The end.",
        ];
        assert_eq!(
            named(&pages),
            [
                FIRST,
                "| Valve | Wing |\n| --- | --- |\n| V-41 | east |\n| V-42 | west |\n\n",
                "\n\n| Valve | Wing |\n| --- | --- |\n| V-81 | east |\n\nAll were tested.\n\n",
                "The end.",
            ]
        );
    }

    #[test]
    fn other_tables_stay_as_they_are() {
        for next in [
            "| Valve | Wing |\n| --- | --- |\n| V-41 | east |",
            "| Pump | Hall |\n| --- | --- |\n| P-1 | east |\n| P-2 | west |",
            "| Table 2: Pumps | |\n| --- | --- |\n| Pump | Hall |\n| P-1 | east |",
            "| V-41 | east | 7 |\n| --- | --- | --- |\n| V-42 | west | 8 |",
            "Words.\n\n| V-41 | east |\n| --- | --- |\n| V-42 | west |",
            "| V-41 | east |",
            "",
        ] {
            assert_eq!(named(&[FIRST, next]), [FIRST, next]);
        }
        let years = "| Item | 2024 |\n| --- | --- |\n| Nut | 4 |\n| Bolt | 5 |\n\n";
        let next = "| Region | 2025 |\n| --- | --- |\n| North | 3 |\n| South | 4 |";
        assert_eq!(named(&[years, next]), [years, next]);
        let ended = format!("{FIRST}All were tested.\n\n");
        let next = "| V-41 | east |\n| --- | --- |\n| V-42 | west |";
        assert_eq!(named(&[ended.as_str(), next]), [ended.as_str(), next]);
        assert_eq!(
            with_names_again("Words", &[]),
            ("Words".to_owned(), Vec::new())
        );
    }
}
