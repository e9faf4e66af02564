//! What a run found, in tables and lines that the terminal and Markdown share.

mod answers;
mod arms;
pub(super) mod earlier_run;
mod lost;
pub(super) mod manifest;
mod notes;

use super::gate::Found;

/// A part of a report.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) table: Option<Table>,
    pub(super) lines: Vec<String>,
}

/// Cells by row.
pub(super) struct Table {
    /// How many of the first columns are names, not numbers.
    pub(super) names: usize,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(names: usize, head: &[&str]) -> Self {
        Self {
            names,
            head: head.iter().map(|name| (*name).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(mut self, cells: impl IntoIterator<Item = String>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }
}

impl Section {
    fn of_table(title: &str, table: Table) -> Self {
        Self {
            title: title.to_owned(),
            table: Some(table),
            lines: Vec::new(),
        }
    }

    fn of_lines(title: &str, lines: Vec<String>) -> Self {
        Self {
            title: title.to_owned(),
            table: None,
            lines,
        }
    }
}

/// All parts of a report that have something to say, without its headline.
pub(super) fn sections(found: &Found) -> Vec<Section> {
    let report = &found.report;
    let parts = [
        Some(arms::quality(found)),
        Some(arms::cost(report)),
        answers::section(report),
        lost::section(report),
        found.against.as_ref().map(earlier_run::section),
        notes::section(found),
    ];
    parts.into_iter().flatten().collect()
}
