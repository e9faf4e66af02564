//! Pipe tables of Markdown.

use std::ops::Range;

/// Longest caption, in characters; a longer line is a paragraph.
const MAX_CAPTION_CHARACTERS: usize = 160;

/// One table.
#[derive(Debug)]
pub(in crate::chunk) struct Table {
    /// From the header to the last row, without the last line feed.
    pub(in crate::chunk) range: Range<usize>,
    /// The line that names the columns.
    pub(in crate::chunk) header: Range<usize>,
    /// The rows below the rule; line by line.
    pub(in crate::chunk) body: Range<usize>,
    /// The line above it that says what it is.
    pub(in crate::chunk) caption: Option<Range<usize>>,
}

impl Table {
    /// The table whose header is `line`, which starts at `start`; without its caption.
    pub(super) fn at(text: &str, start: usize, line: &str) -> Option<Self> {
        if !line.contains('|') {
            return None;
        }
        let mut lines = text[start..].split_inclusive('\n');
        let header = lines.next()?;
        let rule = lines.next().filter(|rule| is_rule(rule))?;
        let begin = start + header.len() + rule.len();
        let mut end = begin;
        for row in lines.take_while(|row| row.contains('|')) {
            end += row.len();
        }
        let mut table = Self {
            range: start..start + text[start..end].trim_end().len(),
            header: start..start + line.len(),
            body: begin..end,
            caption: None,
        };
        table.body.end = table.range.end.max(begin);
        if text[table.header.clone()].chars().all(is_frame) {
            table.name_by_first_row(text);
        }
        Some(table)
    }

    /// Tools that must write a header where the document has none leave it blank, and the names are in the first row.
    fn name_by_first_row(&mut self, text: &str) {
        let row = text[self.body.clone()].split_inclusive('\n').next();
        if let Some(row) = row {
            self.header = self.body.start..self.body.start + row.trim_end().len();
            self.body.start = (self.body.start + row.len()).min(self.body.end);
        }
    }
}

fn is_frame(character: char) -> bool {
    character == '|' || character.is_whitespace()
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains('|')
        && line.contains('-')
        && line
            .chars()
            .all(|character| matches!(character, '|' | '-' | ':' | ' ' | '\t'))
}

/// Words that begin a caption.
const CAPTION_WORDS: [&str; 9] = [
    "table", "tabelle", "tableau", "tabla", "tabela", "tabella", "图表", "表格", "表",
];

/// Whether a line speaks of a table that follows, as `Table 3` or `Prices:`. Other lines above a table may be anything.
fn introduces_table(line: &str) -> bool {
    let line = line.trim_matches(['*', '_', ' ']);
    if line.ends_with([':', '：']) {
        return true;
    }
    let lower = line.to_lowercase();
    let rest = CAPTION_WORDS
        .iter()
        .find_map(|word| lower.strip_prefix(word));
    rest.is_some_and(|rest| {
        let number = rest.trim_start();
        let number = number.trim_start_matches(['.', ':', '：']).trim_start();
        let first = number.split([' ', '.', ':', '：', '-', '–', '—']).next();
        let counted = first.unwrap_or_default().chars().any(char::is_numeric);
        let roman = rest.starts_with(' ')
            && first
                .is_some_and(|word| !word.is_empty() && word.chars().all(|c| "ivxlc".contains(c)));
        counted || roman || rest.starts_with([':', '：', '.']) || number.is_empty()
    })
}

/// Whether a header is one. Where a document shows no header, as PDF often, the first row of values stands in its
/// place. `crate::header` asks the same of rows of which nothing says that one is a header, and rather takes none; here
/// a rule stands below the row, so that only a row of numbers is none.
pub(in crate::chunk) fn names_columns(header: &str) -> bool {
    let cells = || {
        header
            .split('|')
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
    };
    let is_number = |cell: &str| {
        cell.starts_with(|first: char| first.is_ascii_digit())
            && cell.chars().all(|character| !character.is_alphabetic())
    };
    let is_year = |cell: &str| matches!(cell.parse(), Ok(1800..=2200));
    let numbers = cells()
        .filter(|cell| is_number(cell) && !is_year(cell))
        .count();
    numbers < 2 || !cells().next().is_some_and(is_number)
}

/// Whether a line above a table without names has a word or two for each column, as where a PDF draws the names apart.
fn names_from_above(line: &str, header: &str) -> bool {
    let columns = header
        .split('|')
        .filter(|cell| !cell.trim().is_empty())
        .count();
    let words = line.split_whitespace().count();
    !names_columns(header)
        && (columns..=columns * 2).contains(&words)
        && !line.ends_with(['.', '!', '?', '。', ','])
        && !line.chars().any(char::is_numeric)
}

/// The line above `header` if it is the caption of the table, or the names of its columns.
pub(super) fn caption(text: &str, header: usize) -> Option<Range<usize>> {
    let above = text[..header].trim_end();
    let between = &text[above.len()..header];
    let start = above.rfind('\n').map_or(0, |at| at + 1);
    let line = &above[start..];
    let before = text[..start].trim_end_matches([' ', '\t']);
    let alone = before.is_empty() || before.ends_with("\n\n");
    let prose = !line.starts_with([' ', '\t', '|', '#', '>', '<', '`', '~', '='])
        && !line.starts_with("- ")
        && !line.starts_with("---")
        && !line.starts_with("* ");
    let short = line.chars().nth(MAX_CAPTION_CHARACTERS).is_none();
    let names = text[header..].lines().next().unwrap_or_default();
    let says_what_follows = introduces_table(line) || names_from_above(line, names);
    let near = between.matches('\n').count() <= 2;
    (alone && prose && short && near && says_what_follows).then_some(start..above.len())
}
