//! Workbooks of the formats XLS and XLSB. Of the format of a number is known here whether it makes a day or a time of
//! it, and no more.

use std::io::{Cursor, Read, Seek};

use calamine::{Data, Dimensions, ExcelDateTime, Range, Reader, SheetVisible, Xls, Xlsb};
use riddle_core::Failure;

use super::merged::Merge;
use super::merged_xlsb;
use super::number_format::NumberFormat;
use super::sheet::{Row, Sheet, write};
use crate::failure;

/// The text of a workbook of the format XLS; `None` where it cannot be read here.
///
/// # Errors
/// Its text is longer than `output_bytes`.
pub(super) fn read_xls(document: &[u8], output_bytes: usize) -> Result<Option<String>, Failure> {
    let Ok(mut workbook) = Xls::new(Cursor::new(document)) else {
        return Ok(None);
    };
    let formats = Formats::new(workbook.has_1904_epoch());
    let mut sheets = sheets(&mut workbook, &formats, output_bytes)?;
    for sheet in &mut sheets {
        let merged = workbook.merge_cells_by_sheet_name(&sheet.name);
        sheet.merges = merged.unwrap_or_default().iter().map(merge_of).collect();
    }
    written(sheets, output_bytes)
}

/// The same of the format XLSB.
///
/// # Errors
/// As [`read_xls`].
pub(super) fn read_xlsb(document: &[u8], output_bytes: usize) -> Result<Option<String>, Failure> {
    let Ok(mut workbook) = Xlsb::new(Cursor::new(document)) else {
        return Ok(None);
    };
    let formats = Formats::new(workbook.has_1904_epoch());
    let mut sheets = sheets(&mut workbook, &formats, output_bytes)?;
    let mut merges = merged_xlsb::merges(document)?;
    for sheet in &mut sheets {
        sheet.merges = merges.remove(&sheet.name).unwrap_or_default();
    }
    written(sheets, output_bytes)
}

fn written(sheets: Vec<Sheet>, output_bytes: usize) -> Result<Option<String>, Failure> {
    if sheets.is_empty() {
        return Ok(None);
    }
    write(sheets, output_bytes).map(Some)
}

/// The sheets in their order; those that are damaged are left out.
fn sheets<S: Read + Seek, R: Reader<S>>(
    workbook: &mut R,
    formats: &Formats,
    output_bytes: usize,
) -> Result<Vec<Sheet>, Failure> {
    let mut sheets = Vec::new();
    let mut left = output_bytes;
    for entry in workbook.sheets_metadata().to_vec() {
        let Ok(range) = workbook.worksheet_range(&entry.name) else {
            continue;
        };
        sheets.push(Sheet {
            rows: rows(&range, formats, &mut left)?,
            name: entry.name,
            hidden: entry.visible != SheetVisible::Visible,
            ..Sheet::default()
        });
    }
    Ok(sheets)
}

fn rows(range: &Range<Data>, formats: &Formats, left: &mut usize) -> Result<Vec<Row>, Failure> {
    let first = range.start().unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    for (row, column, value) in range.used_cells() {
        let text = formats.show(value);
        if text.trim().is_empty() {
            continue;
        }
        *left = left
            .checked_sub(text.len())
            .ok_or_else(failure::too_much_text)?;
        let number = first.0.saturating_add(saturated(row));
        let cell = (first.1.saturating_add(saturated(column)), text);
        match rows.last_mut().filter(|last| last.number == number) {
            Some(last) => last.cells.push(cell),
            None => rows.push(Row {
                number,
                cells: vec![cell],
                ..Row::default()
            }),
        }
    }
    Ok(rows)
}

fn merge_of(merged: &Dimensions) -> Merge {
    Merge {
        rows: (merged.start.0, merged.end.0),
        columns: (merged.start.1, merged.end.1),
    }
}

fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How the kinds of numbers are shown.
struct Formats {
    number: NumberFormat,
    day: NumberFormat,
    time: NumberFormat,
    moment: NumberFormat,
    duration: NumberFormat,
    from_1904: bool,
}

impl Formats {
    fn new(from_1904: bool) -> Self {
        Self {
            number: NumberFormat::built_in(0),
            day: NumberFormat::built_in(14),
            time: NumberFormat::built_in(20),
            moment: NumberFormat::built_in(22),
            duration: NumberFormat::built_in(46),
            from_1904,
        }
    }

    fn show(&self, value: &Data) -> String {
        match value {
            Data::Float(number) => self.number.show(*number, self.from_1904),
            Data::DateTime(at) => self.format_of(at).show(at.as_f64(), self.from_1904),
            Data::Bool(is_true) => if *is_true { "TRUE" } else { "FALSE" }.to_owned(),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
            Data::Int(number) => number.to_string(),
            Data::Error(error) => error.to_string(),
            Data::Empty => String::new(),
        }
    }

    fn format_of(&self, at: &ExcelDateTime) -> &NumberFormat {
        let days = at.as_f64();
        match at {
            _ if at.is_duration() => &self.duration,
            _ if days.fract() == 0.0 => &self.day,
            _ if days < 1.0 => &self.time,
            _ => &self.moment,
        }
    }
}

#[cfg(test)]
mod tests {
    use calamine::{Cell, ExcelDateTimeType};

    use super::*;

    #[test]
    fn rows_hold_what_their_cells_mean() {
        let at = |days, kind| Data::DateTime(ExcelDateTime::new(days, kind, false));
        let range = Range::from_sparse(vec![
            Cell::new((3, 2), Data::String("Quay".to_owned())),
            Cell::new((3, 4), Data::Float(0.375)),
            Cell::new((3, 5), at(46_086.0, ExcelDateTimeType::DateTime)),
            Cell::new((5, 2), at(46_086.75, ExcelDateTimeType::DateTime)),
            Cell::new((5, 3), at(0.75, ExcelDateTimeType::DateTime)),
            Cell::new((5, 4), at(1.5, ExcelDateTimeType::TimeDelta)),
            Cell::new((5, 5), Data::Bool(true)),
        ]);
        let mut left = 1000;
        let rows = rows(&range, &Formats::new(false), &mut left).unwrap();
        let shown: Vec<(u32, Vec<(u32, &str)>)> = rows
            .iter()
            .map(|row| {
                let cells = row
                    .cells
                    .iter()
                    .map(|(column, text)| (*column, text.as_str()));
                (row.number, cells.collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                (3, vec![(2, "Quay"), (4, "0.375"), (5, "2026-03-05")]),
                (
                    5,
                    vec![
                        (2, "2026-03-05 18:00"),
                        (3, "18:00"),
                        (4, "36:00:00"),
                        (5, "TRUE")
                    ]
                ),
            ]
        );
        assert!(super::rows(&range, &Formats::new(false), &mut 10).is_err());
    }
}
