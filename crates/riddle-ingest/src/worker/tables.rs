//! Long Markdown tables, as spreadsheets give them, rewritten as records.

use crate::header::{SAMPLE_ROWS, Start, find_start};
use crate::record::push_record;

/// A table with more rows will not fit into one chunk.
pub(super) const LONG_TABLE_ROWS: usize = 12;

/// Rewrites every long table whose first row names its columns; other tables stay.
pub(super) fn long_tables_to_records(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut rewritten = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let length = table_lines(&lines[at..]);
        let table = &lines[at..at + length];
        if length > LONG_TABLE_ROWS + 2 && is_named(table) {
            let header = cells(table[0]);
            for row in &table[2..] {
                push_record(&mut rewritten, &header, &cells(row));
            }
        } else {
            for line in table {
                rewritten.push_str(line);
                rewritten.push('\n');
            }
        }
        at += length;
        if length == 0 {
            rewritten.push_str(lines[at]);
            rewritten.push('\n');
            at += 1;
        }
    }
    rewritten
}

fn is_named(table: &[&str]) -> bool {
    let header = std::iter::once(table[0]);
    let rows = table[2..].iter().copied().take(SAMPLE_ROWS);
    let sample: Vec<Vec<String>> = header.chain(rows).map(cells).collect();
    let start = Start {
        preamble: 0,
        header: true,
    };
    find_start(&sample) == start
}

/// Lines of the table that begins here; 0 where none does.
pub(super) fn table_lines(lines: &[&str]) -> usize {
    let is_rule = lines.get(1).is_some_and(|line| {
        line.starts_with('|') && line.bytes().all(|byte| b"|-: ".contains(&byte))
    });
    if !is_rule {
        return 0;
    }
    lines
        .iter()
        .take_while(|line| line.starts_with('|'))
        .count()
}

/// The cells of a row, without the marks between them.
pub(super) fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|');
    let row = row.strip_suffix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for character in row.chars() {
        match (character, cells.last_mut()) {
            ('|', _) if !escaped => cells.push(String::new()),
            ('|', Some(cell)) => {
                cell.pop();
                cell.push('|');
            }
            (_, Some(cell)) => cell.push(character),
            (_, None) => {}
        }
        escaped = character == '\\' && !escaped;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_become_records_and_short_ones_stay() {
        let rows: String = (0..20).map(|i| format!("| {i} | a\\|b |\n")).collect();
        let text = format!("# Sheet\n\n| Number | Name |\n| --- | --- |\n{rows}\nafter\n");
        let records = long_tables_to_records(&text);
        assert!(records.starts_with("# Sheet\n\nNumber: 0 | Name: a|b\nNumber: 1 | "));
        assert!(records.ends_with("Number: 19 | Name: a|b\n\nafter\n"));
        let short = "| Number | Name |\n| --- | --- |\n| 1 | x |\n";
        assert_eq!(long_tables_to_records(short), short);
        let unnamed = text.replace("| Number |", "| 7 |");
        assert_eq!(long_tables_to_records(&unnamed), unnamed);
    }
}
