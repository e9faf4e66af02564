use comfy_table::{CellAlignment, Table as Grid, presets};

use super::report::{Section, Table};
use crate::output;

/// Prints sections as aligned columns and lines.
pub(super) fn print(sections: &[Section]) {
    lines(sections).iter().for_each(|line| output::line(line));
}

fn lines(sections: &[Section]) -> Vec<String> {
    let mut lines = Vec::new();
    for section in sections {
        lines.push(format!("\n── {} ──", section.title));
        lines.extend(section.table.as_ref().map(aligned));
        lines.extend_from_slice(&section.lines);
    }
    lines
}

/// Names to the left, everything else to the right.
pub(super) fn aligned(table: &Table) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING);
    grid.set_header(&table.head);
    grid.add_rows(&table.rows);
    for (place, column) in grid.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if place >= table.names {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    grid.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::eval::example::found;
    use crate::commands::eval::report::sections;

    #[test]
    fn the_report_of_a_run() {
        insta::assert_snapshot!(lines(&sections(&found())).join("\n"));
    }

    #[test]
    fn wide_characters_keep_the_columns() {
        let table = Table::new(1, &["arm", "nDCG@10"])
            .row(["重排 50".to_owned(), ".712".to_owned()])
            .row(["present".to_owned(), "1.000".to_owned()]);
        assert_eq!(
            aligned(&table),
            "arm      nDCG@10\n重排 50     .712\npresent    1.000"
        );
    }
}
