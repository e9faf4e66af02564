//! Merged cells of sheets: the value stands in each row and column that the cell covers.

use super::sheet::{Row, Sheet};

/// Most merged cells of a sheet that are looked at.
pub(super) const MAX_MERGES: usize = 100_000;
/// Most cells of a sheet that get a value from another one.
const MAX_FILLED: usize = 1_000_000;

/// Longest value that is repeated in the columns beside it, in characters. Longer ones are no names of things.
const MAX_BESIDE: usize = 80;

/// Rows and columns that a merged cell covers, counted from 0, the last ones too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) rows: (u32, u32),
    pub(super) columns: (u32, u32),
}

/// Writes the value of each merged cell into the cells of the rows that are there anyway. A row with nothing else in it
/// is a title, and says its value once. Stops when that has taken `bytes`.
pub(super) fn fill(sheet: &mut Sheet, bytes: usize) {
    sheet.rows.sort_by_key(|row| row.number);
    for row in &mut sheet.rows {
        row.cells.retain(|(_, text)| !text.trim().is_empty());
        row.cells.sort_by_key(|(column, _)| *column);
    }
    let cells = sheet.rows.iter().flat_map(|row| row.cells.last());
    let last_column = cells.map(|(column, _)| *column).max().unwrap_or_default();
    let own: Vec<usize> = sheet.rows.iter().map(|row| row.cells.len()).collect();
    let mut budget = (MAX_FILLED, bytes);
    for merge in sheet.merges.iter().take(MAX_MERGES) {
        let columns = (merge.columns.0, merge.columns.1.min(last_column));
        let first = sheet.rows.partition_point(|row| row.number < merge.rows.0);
        let Some(value) = value_at(&sheet.rows, &own, first, merge) else {
            continue;
        };
        let beside = value.chars().count() <= MAX_BESIDE;
        for (row, own) in sheet.rows.iter_mut().zip(&own).skip(first) {
            if row.number > merge.rows.1 {
                break;
            }
            let top = row.number == merge.rows.0;
            let alone = row.cells[..*own]
                .iter()
                .all(|(column, _)| (columns.0..=columns.1).contains(column));
            row.spanned |= merge.columns.1 > merge.columns.0 && !alone;
            row.joined |= !top && !alone;
            row.banner |= top && alone && merge.columns.1 > merge.columns.0;
            if alone {
                continue;
            }
            let from = columns.0 + u32::from(top);
            let to = if beside { columns.1 } else { columns.0 };
            for column in from..=to {
                if budget.0 == 0 || budget.1 < value.len() {
                    return tidy(&mut sheet.rows);
                }
                budget = (budget.0 - 1, budget.1 - value.len());
                row.cells.push((column, value.clone()));
            }
        }
    }
    tidy(&mut sheet.rows);
}

/// The value of the first cell of a merged one.
fn value_at(rows: &[Row], own: &[usize], index: usize, merge: &Merge) -> Option<String> {
    let row = rows.get(index).filter(|row| row.number == merge.rows.0)?;
    let cells = &row.cells[..own[index]];
    let place = cells.binary_search_by_key(&merge.columns.0, |(column, _)| *column);
    place.ok().map(|place| cells[place].1.clone())
}

/// Puts the cells in their order; what was there first stays.
fn tidy(rows: &mut [Row]) {
    for row in rows {
        row.cells.sort_by_key(|(column, _)| *column);
        row.cells.dedup_by_key(|(column, _)| *column);
        row.banner &= row.cells.len() == 1;
    }
}
