//! Comma-separated values and their kin, rewritten as records.

use riddle_core::Failure;

use crate::failure;
use crate::record::{is_header, push_record};

/// One line for each row, `column: value` for each value that is not empty.
///
/// # Errors
/// The text would exceed `limit` bytes: short rows under long headers grow.
pub(super) fn with_headers(text: &str, limit: u64) -> Result<String, Failure> {
    let delimiter = delimiter(text);
    let mut rows = Rows {
        rest: text,
        delimiter,
    };
    let Some(first) = rows.next() else {
        return Ok(String::new());
    };
    let has_header = is_header(&first);
    let mut lines = String::with_capacity(text.len() * 2);
    if !has_header {
        push_record(&mut lines, &[], &first);
    }
    let header: &[String] = if has_header { &first } else { &[] };
    let mut any = !has_header;
    for row in rows {
        any = true;
        push_record(&mut lines, header, &row);
        if lines.len() as u64 > limit {
            return Err(failure::too_much_text());
        }
    }
    if !any {
        // A header without rows is all the text that there is.
        push_record(&mut lines, &[], &first);
    }
    Ok(lines)
}

/// The delimiter that is in most of the first lines, and equally often in each.
fn delimiter(text: &str) -> char {
    let sample: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(20)
        .collect();
    let score = |delimiter: char| {
        let counts: Vec<usize> = sample
            .iter()
            .map(|line| outside_quotes(line, delimiter))
            .collect();
        let present = counts.iter().filter(|count| **count > 0).count();
        let typical = counts.iter().copied().max_by_key(|wanted| {
            counts.iter().filter(|count| *count == wanted).count() * usize::from(*wanted > 0)
        });
        let even = counts
            .iter()
            .filter(|count| Some(**count) == typical && **count > 0)
            .count();
        (even, present, counts.iter().sum::<usize>())
    };
    let candidates = [',', '\t', ';', '|'];
    let mut best = ',';
    let mut best_score = (0, 0, 0);
    for candidate in candidates {
        let candidate_score = score(candidate);
        if candidate_score > best_score {
            best = candidate;
            best_score = candidate_score;
        }
    }
    best
}

fn outside_quotes(line: &str, delimiter: char) -> usize {
    let mut quoted = false;
    line.chars()
        .filter(|character| {
            quoted ^= *character == '"';
            !quoted && *character == delimiter
        })
        .count()
}

/// Rows as in RFC 4180, except that a quote that never closes ends with its line: else it would take in the rest of the
/// file.
struct Rows<'a> {
    rest: &'a str,
    delimiter: char,
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let row = self.take_row();
            if row.iter().any(|cell| !cell.trim().is_empty()) {
                return Some(row);
            }
        }
        None
    }
}

impl Rows<'_> {
    fn take_row(&mut self) -> Vec<String> {
        let mut cells = Vec::new();
        loop {
            let (cell, length) = self.take_cell();
            cells.push(cell);
            self.rest = self.rest.get(length..).unwrap_or_default();
            if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
                self.rest = rest;
                continue;
            }
            self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest);
            return cells;
        }
    }

    /// The next cell, and the bytes it takes up to its delimiter or line end.
    fn take_cell(&self) -> (String, usize) {
        if let Some(quoted) = self.rest.strip_prefix('"')
            && let Some((cell, length)) = self.quoted_cell(quoted)
        {
            return (cell, length + 1);
        }
        let end = self
            .rest
            .find([self.delimiter, '\n'])
            .unwrap_or(self.rest.len());
        (self.rest[..end].to_owned(), end)
    }

    fn quoted_cell(&self, text: &str) -> Option<(String, usize)> {
        /// Longest quoted cell in bytes; beyond that, somebody forgot to close the quote.
        const MAX_CELL_BYTES: usize = 1024 * 1024;
        let mut cell = String::new();
        let mut from = 0;
        loop {
            let close = from + text.get(from..)?.find('"')?;
            if close > MAX_CELL_BYTES {
                return None;
            }
            cell.push_str(&text[from..close]);
            let after = &text[close + 1..];
            if after.starts_with('"') {
                cell.push('"');
                from = close + 2;
                continue;
            }
            let tail = after.find([self.delimiter, '\n']).unwrap_or(after.len());
            cell.push_str(&after[..tail]);
            return Some((cell, close + 1 + tail));
        }
    }
}
