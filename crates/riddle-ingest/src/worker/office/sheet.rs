//! A sheet as Markdown: its tables one after the other, each with the lines in front of it and its column names.

use riddle_core::Failure;

use super::merged::{self, Merge};
use crate::failure;
use crate::header::{SAMPLE_ROWS, begins_anew, find_start, holds_values};
use crate::record::push_record;
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
        if sheet.rows.is_empty() {
            continue;
        }
        let hidden = if sheet.hidden { " (hidden sheet)" } else { "" };
        let name: Vec<&str> = sheet.name.split_whitespace().collect();
        text.push_str(&format!("## {}{hidden}\n\n", name.join(" ")));
        let mut writer = Writer {
            text: &mut text,
            former: None,
            output_bytes,
        };
        let adjacent = |one: &Row, other: &Row| other.number == one.number.saturating_add(1);
        for band in sheet.rows.chunk_by(adjacent) {
            for columns in groups(band) {
                writer.push_block(band, columns)?;
            }
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
    former: Option<Former>,
    output_bytes: usize,
}

impl Writer<'_> {
    /// Writes the part of a band that lies in these columns.
    fn push_block(&mut self, band: &[Row], mut columns: Vec<u32>) -> Result<(), Failure> {
        if let Some(former) = &self.former
            && columns
                .iter()
                .all(|column| former.columns.binary_search(column).is_ok())
        {
            columns.clone_from(&former.columns);
        }
        if band.len().saturating_mul(columns.len()) > MAX_TABLE_CELLS {
            return self.push_scattered(band);
        }
        let mut rows: Vec<Vec<String>> = Vec::with_capacity(band.len());
        let mut banners = Vec::with_capacity(band.len());
        for row in band {
            let cells = dense(row, &columns);
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push(cells);
                banners.push((row.banner, row.spanned, row.joined));
            }
        }
        join_headers(&mut rows, &mut banners);
        let sample = &rows[..rows.len().min(SAMPLE_ROWS)];
        let start = find_start(sample);
        let former = self
            .former
            .take()
            .filter(|former| former.columns == columns);
        if let Some(former) = former
            && !begins_anew(sample, start, &former.header)
        {
            self.push_table(&former.header, &rows, &banners)?;
            self.former = Some(former);
            return Ok(());
        }
        let lines = start.preamble.min(rows.len());
        self.push_lines(&rows[..lines])?;
        if start.header && rows.len() > lines + 1 {
            let header = std::mem::take(&mut rows[lines]);
            self.push_table(&header, &rows[lines + 1..], &banners[lines + 1..])?;
            self.former = Some(Former { columns, header });
            return Ok(());
        }
        self.push_lines(&rows[lines..])
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
        marks: &[(bool, bool, bool)],
    ) -> Result<(), Failure> {
        if rows.len() <= LONG_TABLE_ROWS {
            push_piped(self.text, header);
            self.text.push_str(&"| --- ".repeat(header.len()));
            self.text.push_str("|\n");
            for row in rows {
                push_piped(self.text, row);
            }
        } else {
            for (row, (banner, ..)) in rows.iter().zip(marks) {
                let names = if *banner { &[] } else { header };
                self.push_line(names, row)?;
            }
        }
        self.text.push('\n');
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

/// Makes one header of names in several rows, as merged cells over groups of columns have them.
fn join_headers(rows: &mut Vec<Vec<String>>, marks: &mut Vec<(bool, bool, bool)>) {
    const MAX_LEVELS: usize = 3;
    let is_wide = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count() > 1;
    let Some(first) = rows.iter().take(SAMPLE_ROWS).position(is_wide) else {
        return;
    };
    for _ in 1..MAX_LEVELS {
        let (Some((_, spanned, _)), Some((_, deeper, joined))) =
            (marks.get(first).copied(), marks.get(first + 1).copied())
        else {
            return;
        };
        let below = &rows[first + 1];
        let names = rows.len() > first + 2 && !holds_values(&rows[first]) && !holds_values(below);
        if !(spanned || joined) || !names || !is_wide(below) {
            return;
        }
        let below = rows.remove(first + 1);
        marks.remove(first + 1);
        marks[first].1 = deeper;
        for (name, more) in rows[first].iter_mut().zip(below) {
            if name.trim().is_empty() {
                *name = more;
            } else if !more.trim().is_empty() && *name != more {
                name.push(' ');
                name.push_str(&more);
            }
        }
    }
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
