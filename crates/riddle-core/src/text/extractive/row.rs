//! Rows of tables as an answer shows them: each value with the name of its column.

use std::collections::HashSet;

use crate::text::sentences::{cells, is_row, record_fields};
use crate::text::terms::terms;

/// A row of more characters is cut down to what the question asks for.
const MAX_ROW_CHARS: usize = 280;

/// The columns of the table that is being read.
#[derive(Clone, Default)]
pub(super) struct Columns(Vec<String>);

impl Columns {
    /// The names in the head of a table.
    pub(super) fn of_head(line: &str) -> Self {
        Self(cells(line))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The row as `name: value | name: value`; of a long one its first value and what has a word of the question, and
    /// of the rest what there is room for.
    pub(super) fn row(&self, raw: &str, question: &HashSet<String>) -> String {
        let fields: Vec<String> = if is_row(raw) {
            self.named(cells(raw))
        } else {
            record_fields(raw)
        };
        shortened(fields, question).join(" | ")
    }

    fn named(&self, cells: Vec<String>) -> Vec<String> {
        let names = self
            .0
            .iter()
            .map(String::as_str)
            .chain(std::iter::repeat(""));
        cells
            .into_iter()
            .zip(names)
            .filter(|(cell, _)| !cell.is_empty())
            .map(|(cell, name)| match name {
                "" => cell,
                name => format!("{name}: {cell}"),
            })
            .collect()
    }
}

/// The names of the columns of a row as it is shown.
pub(super) fn names(row: &str) -> String {
    let fields = row.split(" | ").filter_map(|field| field.split_once(": "));
    fields.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

/// The words of the values of a row as it is shown.
pub(super) fn values(row: &str) -> HashSet<String> {
    let values = row.split(" | ").map(|field| match field.split_once(": ") {
        Some((_, value)) => value,
        None => field,
    });
    values.flat_map(terms).collect()
}

fn shortened(fields: Vec<String>, question: &HashSet<String>) -> Vec<String> {
    let length = |field: &str| field.chars().count() + " | ".len();
    if fields.iter().map(|field| length(field)).sum::<usize>() <= MAX_ROW_CHARS {
        return fields;
    }
    let asked: Vec<bool> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| index == 0 || !terms(field).is_disjoint(question))
        .collect();
    let mut room = MAX_ROW_CHARS;
    let mut kept = vec![false; fields.len()];
    for wanted in [true, false] {
        for (index, field) in fields.iter().enumerate() {
            if asked[index] == wanted && length(field) <= room {
                kept[index] = true;
                room -= length(field);
            }
        }
    }
    let kept: Vec<String> = fields
        .iter()
        .zip(kept)
        .filter(|(_, kept)| *kept)
        .map(|(field, _)| field.clone())
        .collect();
    if kept.is_empty() { fields } else { kept }
}
