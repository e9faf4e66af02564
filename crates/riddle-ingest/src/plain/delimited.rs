//! Comma-separated values and their kin, rewritten as records.

use std::ops::Range;

use riddle_core::{Failure, TextFormat};

use crate::failure;
use crate::header::{SAMPLE_ROWS, are_key_values, begins_anew, find_start};
use crate::record::push_record;
use crate::title::{LONG_TABLE_BYTES, title_lines};

/// One line for each row, `column: value` for each value that is not empty; lines in front of the header stay as they
/// are, and the title of a long table becomes a heading. After a blank row a new table may begin, with names of its
/// own.
///
/// # Errors
/// The text would exceed `limit` bytes: short rows under long headers grow.
pub(super) fn with_headers(text: &str, limit: u64) -> Result<(String, TextFormat), Failure> {
    let (declared, text) = declared_delimiter(text);
    let mut rows = Rows {
        rest: text,
        delimiter: declared.unwrap_or_else(|| delimiter(text)),
    };
    let mut records = Records {
        lines: String::with_capacity(text.len() * 2),
        header: Vec::new(),
        title: None,
        titles: Vec::new(),
        limit,
    };
    let mut block = Vec::new();
    let mut opened = false;
    for row in rows.by_ref() {
        if is_blank(&row) {
            if opened || !records.goes_on(&block) {
                records.open(&std::mem::take(&mut block))?;
                opened = false;
            }
        } else if opened {
            records.push_rows(&[row])?;
        } else {
            block.push(row);
            if block.len() >= SAMPLE_ROWS {
                records.open(&std::mem::take(&mut block))?;
                opened = true;
            }
        }
    }
    records.open(&block)?;
    records.end_table(true);
    records.finish()
}

fn is_blank(row: &[String]) -> bool {
    row.iter().all(|cell| cell.trim().is_empty())
}

/// Whether the row has one cell alone, as a line of text has.
fn is_title(row: &[String]) -> bool {
    row.iter().filter(|cell| !cell.trim().is_empty()).count() == 1
}

/// The lines that are written, and what names the columns of the next ones.
struct Records {
    lines: String,
    header: Vec<String>,
    /// The lines in front of the table that is being written, if it has any.
    title: Option<Range<usize>>,
    /// Those of the long tables before it.
    titles: Vec<Range<usize>>,
    limit: u64,
}

impl Records {
    /// Whether a blank row after these rows divides nothing: they are a title, or a header with a blank row below it.
    fn goes_on(&self, block: &[Vec<String>]) -> bool {
        let first = self.lines.is_empty() && block.len() == 1;
        first || (block.len() < 3 && block.iter().all(|row| is_title(row)))
    }

    /// Writes the first rows after a blank one or at the beginning.
    fn open(&mut self, block: &[Vec<String>]) -> Result<(), Failure> {
        if block.iter().all(|row| is_title(row)) && self.header.len() > 1 {
            // A note below the table, not a value of its first column.
            return self.push_lines(block);
        }
        if self.header.is_empty() && are_key_values(block) {
            for row in block {
                push_record(&mut self.lines, &row[..1], &row[1..]);
            }
            return Ok(());
        }
        let start = find_start(block);
        let anew = self.header.is_empty() || begins_anew(block, start, &self.header);
        if !anew {
            return self.push_rows(block);
        }
        let (preamble, body) = block.split_at(start.preamble);
        self.end_table(!preamble.is_empty());
        if !self.lines.is_empty() {
            self.lines.push('\n');
        }
        let begin = self.lines.len();
        self.push_lines(preamble)?;
        if !preamble.is_empty() {
            self.lines.push('\n');
        }
        match body.split_first() {
            // A header without rows is all the text that there is.
            Some((header, rest)) if start.header && !rest.is_empty() => {
                header.clone_into(&mut self.header);
                self.title = Some(begin..self.lines.len()).filter(|title| !title.is_empty());
                self.push_rows(rest)
            }
            _ => {
                self.header.clear();
                self.push_rows(body)
            }
        }
    }

    /// Keeps the title of a long table, unless what follows would be under it that has none of its own. What stands at
    /// the beginning of a file is the title of all.
    fn end_table(&mut self, next_is_titled: bool) {
        if let Some(title) = self.title.take() {
            let is_long = self.lines.len() - title.end > LONG_TABLE_BYTES;
            // Behind a heading, a title that is none would be under it.
            let is_heading = is_long || !self.titles.is_empty();
            if is_heading && (title.start == 0 || next_is_titled) {
                self.titles.push(title);
            }
        }
    }

    /// The lines, with titles as headings; no other line is taken for one then.
    fn finish(self) -> Result<(String, TextFormat), Failure> {
        let headings = self.headings();
        if headings.is_empty() {
            return Ok((self.lines, TextFormat::Plain));
        }
        let mut headings = headings.into_iter().peekable();
        let mut text = String::with_capacity(self.lines.len());
        let mut at = 0;
        for line in self.lines.split_inclusive('\n') {
            match headings.next_if(|(start, _)| *start == at) {
                Some((_, level)) => {
                    let title = line.trim_start_matches(['#', ' ']);
                    text.push_str(&format!("{} {title}", "#".repeat(level)));
                }
                None if is_markup(line) => text.push_str(&format!("\\{line}")),
                None => text.push_str(line),
            }
            at += line.len();
        }
        if text.len() as u64 > self.limit {
            return Err(failure::too_much_text());
        }
        Ok((text, TextFormat::Markdown))
    }

    /// Where the lines of titles begin, and their levels.
    fn headings(&self) -> Vec<(usize, usize)> {
        let mut headings = Vec::new();
        for title in &self.titles {
            let front = &self.lines[title.clone()];
            let mut at = title.start;
            let lines = front.split_inclusive('\n').take(title_lines(front));
            for (depth, line) in lines.enumerate() {
                headings.push((at, 1 + depth));
                at += line.len();
            }
        }
        headings
    }

    fn push_lines(&mut self, rows: &[Vec<String>]) -> Result<(), Failure> {
        let header = std::mem::take(&mut self.header);
        let pushed = self.push_rows(rows);
        self.header = header;
        pushed
    }

    fn push_rows(&mut self, rows: &[Vec<String>]) -> Result<(), Failure> {
        for row in rows {
            // Files that were put together repeat their header.
            if *row != self.header {
                push_record(&mut self.lines, &self.header, row);
            }
            if self.lines.len() as u64 > self.limit {
                return Err(failure::too_much_text());
            }
        }
        Ok(())
    }
}

/// Whether Markdown would take the line for a heading, for what makes one of the line above, or for an end of code.
fn is_markup(line: &str) -> bool {
    let line = line.trim_end();
    let Some(sign) = line.chars().next() else {
        return false;
    };
    let rest = line.trim_start_matches(sign);
    match sign {
        '#' => rest.is_empty() || rest.starts_with(' '),
        '-' | '=' => rest.is_empty(),
        '`' | '~' => line.len() - rest.len() >= 3,
        _ => false,
    }
}

/// What a first line `sep=;` says, as spreadsheet programs write it, and the text after it.
fn declared_delimiter(text: &str) -> (Option<char>, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_matches(|character| matches!(character, ' ' | '"' | '\r'));
    let Some(mark) = line
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))
        .map(|_| &line[4..])
    else {
        return (None, text);
    };
    let mut marks = mark.chars();
    match (marks.next(), marks.next()) {
        (Some(delimiter), None) if !delimiter.is_alphanumeric() && delimiter != '"' => {
            (Some(delimiter), rest)
        }
        // Tabs at the end of a line get lost on the way.
        (None, _) => (None, rest),
        // Some programs fill the line up with delimiters.
        (Some(delimiter), _) if mark.chars().all(|other| other == delimiter) => {
            (Some(delimiter), rest)
        }
        _ => (None, text),
    }
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
    // The comma comes last: where it is as frequent as another one, it is that of decimal numbers.
    let candidates = ['\t', ';', '|', ','];
    let mut best = ',';
    let mut best_score = (0, 0, 0);
    for candidate in candidates {
        let candidate_score = score(candidate);
        let decimal = candidate == ',' && best_score.0 == candidate_score.0;
        if candidate_score > best_score && !(decimal && sample.iter().all(|line| is_decimal(line)))
        {
            best = candidate;
            best_score = candidate_score;
        }
    }
    best
}

/// Whether every comma of the line stands between digits.
fn is_decimal(line: &str) -> bool {
    line.split(',').is_sorted_by(|before, after| {
        before.ends_with(|last: char| last.is_ascii_digit())
            && after.starts_with(|first: char| first.is_ascii_digit())
    })
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
        (!self.rest.is_empty()).then(|| self.take_row())
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
        let start = self.rest.trim_start_matches(' ');
        if let Some(quoted) = start.strip_prefix('"')
            && let Some((cell, length)) = self.quoted_cell(quoted)
        {
            return (cell, self.rest.len() - quoted.len() + length);
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
