use super::plain::inline;

/// The cells of a line of a table, without marks. An escaped `\|` is no border.
pub(crate) fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut escaped = false;
    for character in line.chars() {
        if character == '|' && !escaped {
            cells.push(inline(cell.trim()));
            cell.clear();
        } else {
            cell.push(character);
        }
        escaped = character == '\\' && !escaped;
    }
    if !cell.trim().is_empty() {
        cells.push(inline(cell.trim()));
    }
    cells
}
