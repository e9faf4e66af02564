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
        if let Some(column) = header.get(index) {
            let mut named = false;
            for name in column.split_whitespace() {
                if named {
                    lines.push(' ');
                }
                lines.push_str(name);
                named = true;
            }
            if named {
                lines.push_str(": ");
            }
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
