//! A sheet as Markdown: its tables one after the other, each with the lines in front of it and its column names.

use std::ops::Range;

use riddle_core::Failure;

use super::merged::{self, Merge};
use crate::failure;
use crate::header::{
    SAMPLE_ROWS, are_key_values, begins_anew, find_start, holds_dates, holds_values,
};
use crate::record::push_record;
use crate::title::{LONG_TABLE_BYTES, title_lines};
use crate::worker::tables::LONG_TABLE_ROWS;

/// Most cells of a table that is written as one, the blank ones too.
const MAX_TABLE_CELLS: usize = 5_000_000;

/// A sheet with the cells that are not blank.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) hidden: bool,
    pub(super) rows: Vec<Row>,
    pub(super) merges: Vec<Merge>,
    /// What stands beside the cells: text boxes and comments, a paragraph each.
    pub(super) notes: Vec<String>,
}

/// A row with its cells in the order of their columns.
#[derive(Clone, Default)]
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) cells: Vec<(u32, String)>,
    /// Whether a cell of it goes over several columns.
    pub(super) spanned: bool,
    /// Whether a cell of it comes down from the row above.
    pub(super) joined: bool,
    /// Whether its one cell goes over the whole table.
    pub(super) banner: bool,
}

/// What names the columns of the rows that follow.
struct Former {
    columns: Vec<u32>,
    header: Vec<String>,
}

/// Writes the sheets of a workbook.
///
/// # Errors
/// The text would be longer than `output_bytes`.
pub(super) fn write(sheets: Vec<Sheet>, output_bytes: usize) -> Result<String, Failure> {
    let mut text = String::new();
    for mut sheet in sheets {
        merged::fill(&mut sheet, output_bytes);
        sheet.rows.retain(|row| !row.cells.is_empty());
        if sheet.rows.is_empty() && sheet.notes.is_empty() {
            continue;
        }
        let hidden = if sheet.hidden { " (hidden sheet)" } else { "" };
        let name: Vec<&str> = sheet.name.split_whitespace().collect();
        let heading = format!("## {}{hidden}\n\n", name.join(" "));
        text.push_str(&heading);
        let mut writer = Writer {
            begin: text.len(),
            end: text.len(),
            text: &mut text,
            heading,
            is_titled: false,
            former: None,
            output_bytes,
        };
        let adjacent = |one: &Row, other: &Row| other.number == one.number.saturating_add(1);
        for band in sheet.rows.chunk_by(adjacent) {
            for columns in groups(band) {
                writer.push_block(band, columns)?;
            }
        }
        for note in &sheet.notes {
            writer.push_lines(&[vec![note.clone()]])?;
        }
    }
    Ok(text)
}

/// Ranges of columns that hold tables beside each other: blank columns part them, if two columns are on either side.
fn groups(band: &[Row]) -> Vec<Vec<u32>> {
    let mut wide: Vec<u32> = Vec::new();
    let mut all: Vec<u32> = Vec::new();
    for row in band {
        let columns = row.cells.iter().map(|(column, _)| *column);
        if row.cells.len() > 1 && !row.banner {
            wide.extend(columns.clone());
        }
        all.extend(columns);
        if wide.len() > 1_000_000 || all.len() > 1_000_000 {
            sort(&mut wide);
            sort(&mut all);
        }
    }
    sort(&mut wide);
    sort(&mut all);
    let parts: Vec<&[u32]> = wide.chunk_by(|one, other| *other == one + 1).collect();
    if parts.len() < 2 || parts.iter().any(|part| part.len() < 2) {
        return vec![all];
    }
    let starts: Vec<u32> = parts.iter().skip(1).map(|part| part[0]).collect();
    let group_of = |column: &u32| starts.partition_point(|start| start <= column);
    let same = |one: &u32, other: &u32| group_of(one) == group_of(other);
    all.chunk_by(same).map(<[u32]>::to_vec).collect()
}

fn sort(columns: &mut Vec<u32>) {
    columns.sort_unstable();
    columns.dedup();
}

struct Writer<'a> {
    text: &'a mut String,
    /// Where the text of the sheet begins.
    begin: usize,
    /// Where its last table ends so far.
    end: usize,
    /// Names the sheet.
    heading: String,
    /// Whether the last heading is the title of a table.
    is_titled: bool,
    former: Option<Former>,
    output_bytes: usize,
}

impl Writer<'_> {
    /// Writes the part of a band that lies in these columns.
    fn push_block(&mut self, band: &[Row], columns: Vec<u32>) -> Result<(), Failure> {
        if let Some(block) = Block::new(band, &columns).filter(Block::is_notes) {
            // Notes between tables are not values of their first columns.
            return self.push_lines(&block.rows);
        }
        if let Some(former) = self.former.take() {
            let known = |column: &u32| former.columns.binary_search(column).is_ok();
            let block = Block::new(band, &former.columns).filter(|_| columns.iter().all(known));
            if let Some(block) = block
                && !begins_anew(block.sample(), find_start(block.sample()), &former.header)
            {
                self.push_table(&former.header, &block.rows, &block.marks)?;
                self.former = Some(former);
                return Ok(());
            }
        }
        self.push_new_block(band, columns)
    }

    /// Writes a part of a band that does not go on with the table before.
    fn push_new_block(&mut self, band: &[Row], columns: Vec<u32>) -> Result<(), Failure> {
        if std::mem::take(&mut self.is_titled) {
            // What follows has another title, or none, and the lines since the last table may be its title.
            self.text.insert_str(self.end, &self.heading);
        }
        let Some(mut block) = Block::new(band, &columns) else {
            return self.push_scattered(band);
        };
        if are_key_values(&block.rows) {
            for row in &block.rows {
                self.push_line(&row[..1], &row[1..])?;
            }
            self.text.push('\n');
            return Ok(());
        }
        block.join_headers();
        let start = find_start(block.sample());
        let Block {
            mut rows,
            marks: banners,
        } = block;
        let lines = start.preamble.min(rows.len());
        let title = self.title(lines);
        self.push_lines(&rows[..lines])?;
        if !start.header || rows.len() <= lines + 1 {
            return self.push_lines(&rows[lines..]);
        }
        let front = title..self.text.len();
        let header = std::mem::take(&mut rows[lines]);
        self.push_table(&header, &rows[lines + 1..], &banners[lines + 1..])?;
        let is_long = rows.len() - lines - 1 > LONG_TABLE_ROWS;
        if is_long || self.text.len() - front.end > LONG_TABLE_BYTES {
            self.head_by(front);
        }
        self.former = Some(Former { columns, header });
        Ok(())
    }

    /// Where the title of a table begins that is to be written with so many lines close in front of it: the first of
    /// them, or the one line that the sheet has so far.
    fn title(&self, lines: usize) -> usize {
        let written = self.text[self.begin..].trim_end();
        match lines {
            0 if !written.contains('\n') => self.begin,
            _ => self.text.len(),
        }
    }

    /// Makes headings of the title of a table that no chunk may hold, so that it is said of each of its rows.
    fn head_by(&mut self, front: Range<usize>) {
        let count = title_lines(&self.text[front.clone()]);
        let lines = self.text[front.clone()].split_inclusive('\n').take(count);
        let lengths: Vec<usize> = lines.map(str::len).collect();
        let mut at = front.start;
        for (depth, length) in lengths.into_iter().enumerate() {
            let mark = format!("{} ", "#".repeat(3 + depth));
            self.text.insert_str(at, &mark);
            at += mark.len() + length;
        }
        self.is_titled = count > 0;
        self.end = self.text.len();
    }

    fn push_lines(&mut self, rows: &[Vec<String>]) -> Result<(), Failure> {
        for row in rows {
            self.push_line(&[], row)?;
        }
        if !rows.is_empty() {
            self.text.push('\n');
        }
        Ok(())
    }

    fn push_table(
        &mut self,
        header: &[String],
        rows: &[Vec<String>],
        marks: &[Marks],
    ) -> Result<(), Failure> {
        if rows.len() <= LONG_TABLE_ROWS {
            push_piped(self.text, header);
            self.text.push_str(&"| --- ".repeat(header.len()));
            self.text.push_str("|\n");
            for row in rows {
                push_piped(self.text, row);
            }
        } else {
            for (row, marks) in rows.iter().zip(marks) {
                let names = if marks.banner { &[] } else { header };
                self.push_line(names, row)?;
            }
        }
        self.text.push('\n');
        self.end = self.text.len();
        self.check()
    }

    /// One line, that no reader takes for a heading.
    fn push_line(&mut self, names: &[String], row: &[String]) -> Result<(), Failure> {
        let from = self.text.len();
        push_record(self.text, names, row);
        if self.text[from..].starts_with('#') {
            self.text.insert(from, '\\');
        }
        self.check()
    }

    /// Rows of a table that is almost empty, without its blank cells.
    fn push_scattered(&mut self, band: &[Row]) -> Result<(), Failure> {
        for row in band {
            let cells: Vec<String> = row.cells.iter().map(|(_, cell)| cell.clone()).collect();
            self.push_line(&[], &cells)?;
        }
        self.text.push('\n');
        Ok(())
    }

    fn check(&self) -> Result<(), Failure> {
        if self.text.len() > self.output_bytes {
            return Err(failure::too_much_text());
        }
        Ok(())
    }
}

/// A row with a cell for each of the columns.
fn dense(row: &Row, columns: &[u32]) -> Vec<String> {
    let mut cells = vec![String::new(); columns.len()];
    for (column, text) in &row.cells {
        if let Ok(place) = columns.binary_search(column) {
            cells[place].clone_from(text);
        }
    }
    cells
}

/// The rows of a table with all their cells, the blank ones too.
struct Block {
    rows: Vec<Vec<String>>,
    marks: Vec<Marks>,
}

/// What is known of a row from its merged cells.
#[derive(Clone, Copy)]
struct Marks {
    banner: bool,
    spanned: bool,
    joined: bool,
}

impl Block {
    /// `None` where it would have too many cells, almost all of them blank.
    fn new(band: &[Row], columns: &[u32]) -> Option<Self> {
        if band.len().saturating_mul(columns.len()) > MAX_TABLE_CELLS {
            return None;
        }
        let mut block = Self {
            rows: Vec::with_capacity(band.len()),
            marks: Vec::with_capacity(band.len()),
        };
        for row in band {
            let cells = dense(row, columns);
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                block.rows.push(cells);
                block.marks.push(Marks {
                    banner: row.banner,
                    spanned: row.spanned,
                    joined: row.joined,
                });
            }
        }
        Some(block)
    }

    fn sample(&self) -> &[Vec<String>] {
        &self.rows[..self.rows.len().min(SAMPLE_ROWS)]
    }

    /// Whether each row is one line of text.
    fn is_notes(&self) -> bool {
        self.rows.iter().all(|row| filled(row) == 1)
    }

    /// Makes one header of names in several rows, as merged cells over groups of columns have them.
    fn join_headers(&mut self) {
        const MAX_LEVELS: usize = 3;
        let Some(first) = self.sample().iter().position(|row| filled(row) > 1) else {
            return;
        };
        for _ in 1..MAX_LEVELS {
            let Some(below) = self.rows.get(first + 1) else {
                return;
            };
            let linked = self.marks[first].spanned || self.marks[first + 1].joined;
            let above = &self.rows[first];
            // A date in a row that has its own first cell is a value of a first row, not a part of a name.
            let same_first = below[0].trim().is_empty() || below[0] == above[0];
            let dated = holds_dates(below) && !same_first;
            let names = !holds_values(above) && !holds_values(below) && !dated;
            if !linked || !names || filled(below) < 2 || self.rows.len() < first + 3 {
                return;
            }
            let below = self.rows.remove(first + 1);
            self.marks[first].spanned = self.marks.remove(first + 1).spanned;
            for (name, more) in self.rows[first].iter_mut().zip(below) {
                if name.trim().is_empty() {
                    *name = more;
                } else if !more.trim().is_empty() && *name != more {
                    name.push(' ');
                    name.push_str(&more);
                }
            }
        }
    }
}

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

fn push_piped(text: &mut String, row: &[String]) {
    text.push('|');
    for cell in row {
        for word in cell.split_whitespace() {
            text.push(' ');
            text.push_str(&word.replace('|', "\\|"));
        }
        text.push_str(" |");
    }
    text.push('\n');
}
