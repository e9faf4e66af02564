//! Rows of tables as lines that name their columns, because a chunk from the middle of a table is far from its header.

/// Appends one line of `column: value` for each value that is not blank; no line for a blank row.
pub(crate) fn push_record(lines: &mut String, header: &[String], row: &[String]) {
    let mut first = true;
    for (index, value) in row.iter().enumerate() {
        let mut words = value.split_whitespace();
        let Some(word) = words.next() else {
            continue;
        };
        if !first {
            lines.push_str(" | ");
        }
        first = false;
        if let Some(column) = header.get(index).map(|column| column.trim())
            && !column.is_empty()
        {
            lines.push_str(column);
            lines.push_str(": ");
        }
        lines.push_str(word);
        for word in words {
            lines.push(' ');
            lines.push_str(word);
        }
    }
    if !first {
        lines.push('\n');
    }
}

/// Whether the first row is a header: most columns have a name, and no name is a number, repeated or too long.
pub(crate) fn is_header(row: &[String]) -> bool {
    const MAX_NAME_CHARACTERS: usize = 100;
    let mut names: Vec<&str> = row
        .iter()
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
        .collect();
    let named = names.len();
    let plausible = names
        .iter()
        .all(|name| name.parse::<f64>().is_err() && name.chars().count() <= MAX_NAME_CHARACTERS);
    names.sort_unstable();
    names.dedup();
    row.len() > 1 && named * 2 > row.len() && names.len() == named && plausible
}
