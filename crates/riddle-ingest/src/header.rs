//! Which row of a table names its columns, and which lines stand in front of it.

/// Rows that the decision looks at.
pub(crate) const SAMPLE_ROWS: usize = 50;

/// How a table begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Start {
    /// Rows in front of the table: a title, notes.
    pub(crate) preamble: usize,
    /// Whether the row after them names the columns.
    pub(crate) header: bool,
}

/// Decides how a table with these first rows begins.
pub(crate) fn find_start(rows: &[Vec<String>]) -> Start {
    let Some(width) = typical_width(rows) else {
        return Start::default();
    };
    let strict = |at: usize| filled(&rows[at]) * 4 >= width * 3;
    let lenient = |at: usize| filled(&rows[at]) * 2 > width;
    let in_front = |at: usize| {
        let most = rows[..at].iter().map(|row| filled(row)).max();
        most.is_none_or(|most| most < filled(&rows[at]))
    };
    let strict_header =
        (0..rows.len()).find(|at| strict(*at) && in_front(*at) && names_columns(rows, *at));
    if let Some(at) = strict_header {
        return Start {
            preamble: at,
            header: true,
        };
    }
    let first = (0..rows.len()).find(|at| lenient(*at)).unwrap_or_default();
    Start {
        preamble: first,
        header: names_columns(rows, first),
    }
}

/// Whether a header that stands further down, after a blank row, begins a new table: its columns hold values that
/// differ in kind from their names, or there are more or fewer of them than before.
pub(crate) fn begins_anew(rows: &[Vec<String>], start: Start, former: &[String]) -> bool {
    let Some(header) = rows.get(start.preamble).filter(|_| start.header) else {
        return false;
    };
    let same_names = header.len() == former.len()
        && header
            .iter()
            .zip(former)
            .all(|(one, other)| one.trim() == other.trim());
    if same_names {
        return true;
    }
    let body = &rows[start.preamble + 1..];
    let differs = (0..header.len()).any(|column| {
        let mut values = body
            .iter()
            .filter_map(|row| row.get(column))
            .filter(|cell| !cell.trim().is_empty())
            .peekable();
        values.peek().is_some() && values.all(|cell| is_value(cell))
    });
    !body.is_empty() && (differs || filled(header) != filled(former))
}

/// Whether the row at `at` names columns: most have a name, and no name is a value, too long, or repeated below.
fn names_columns(rows: &[Vec<String>], at: usize) -> bool {
    const MAX_NAME_CHARACTERS: usize = 100;
    let row = &rows[at];
    let body = &rows[at + 1..];
    let mut names: Vec<&str> = Vec::new();
    let mut words = 0;
    for (column, name) in row.iter().enumerate() {
        let name = name.trim();
        if name.is_empty() {
            continue;
        }
        if name.chars().count() > MAX_NAME_CHARACTERS {
            return false;
        }
        let year = is_year(name) && !body.iter().any(|row| cell_is_year(row, column));
        if is_value(name) && !year {
            return false;
        }
        words += usize::from(!year);
        names.push(name);
    }
    let named = names.len();
    names.sort_unstable();
    names.dedup();
    let repeats = |other: &Vec<String>| other != row && shares_a_cell(row, other);
    row.len() > 1
        && words > 0
        && named * 2 > row.len()
        && names.len() * 2 > named
        && !body.iter().any(repeats)
}

/// Whether a cell of the row holds a value.
pub(crate) fn holds_values(row: &[String]) -> bool {
    row.iter().any(|cell| is_value(cell))
}

fn shares_a_cell(header: &[String], row: &[String]) -> bool {
    header
        .iter()
        .zip(row)
        .any(|(name, cell)| !name.trim().is_empty() && name.trim() == cell.trim())
}

fn cell_is_year(row: &[String], column: usize) -> bool {
    row.get(column).is_some_and(|cell| is_year(cell.trim()))
}

fn is_year(cell: &str) -> bool {
    cell.len() == 4
        && cell
            .parse::<u16>()
            .is_ok_and(|year| (1900..=2100).contains(&year))
}

/// Whether a cell holds a value, such as a number, a date, an amount or an address, which is no name of a column.
fn is_value(cell: &str) -> bool {
    let cell = cell.trim();
    if cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false") {
        return true;
    }
    if cell.contains("://") || (cell.contains('@') && cell.contains('.') && !cell.contains(' ')) {
        return true;
    }
    let mut digits = false;
    let number = cell.chars().all(|character| {
        digits |= character.is_numeric();
        character.is_numeric()
            || character.is_whitespace()
            || ".,:/-+%'()€$£¥−–".contains(character)
    });
    digits && (number || cell.parse::<f64>().is_ok())
}

/// The width that most rows of more than one cell have; the larger of two that are equally frequent.
fn typical_width(rows: &[Vec<String>]) -> Option<usize> {
    let mut widths: Vec<usize> = rows
        .iter()
        .filter(|row| filled(row) > 1)
        .map(|row| extent(row))
        .collect();
    widths.sort_unstable();
    widths
        .chunk_by(|one, other| one == other)
        .max_by_key(|same| same.len())
        .map(|same| same[0])
}

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

fn extent(row: &[String]) -> usize {
    row.iter()
        .rposition(|cell| !cell.trim().is_empty())
        .map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines()
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }

    fn start(text: &str) -> (usize, bool) {
        let start = find_start(&rows(text));
        (start.preamble, start.header)
    }

    #[test]
    fn headers_are_found_where_they_stand() {
        assert_eq!(start("Name,City\nAda,London"), (0, true));
        assert_eq!(start("Stock report\nPart,Bin,Count\nNut,A1,5"), (1, true));
        assert_eq!(start("Depot,North\nPart,Bin,Count\nNut,A1,5"), (1, true));
        assert_eq!(start("Product,2024,2025\nNut,17,18"), (0, true));
        assert_eq!(start("Name,Note,Note,Age\nAda,x,y,7"), (0, true));
    }

    #[test]
    fn rows_of_values_are_no_headers() {
        assert_eq!(start("1,2\n3,4"), (0, false));
        assert_eq!(start("Ada,London,12.5\nBo,Rome,3"), (0, false));
        assert_eq!(start("Ada,2026-03-01\nBo,2026-03-02"), (0, false));
        assert_eq!(start("Ada,ada@example.org\nBo,bo@example.org"), (0, false));
        assert_eq!(start("Ada,1990\nBo,1991"), (0, false));
        assert_eq!(start("Ada,north\nBo,south\nCy,north"), (0, false));
        assert_eq!(start("words\nmore words"), (0, false));
        assert_eq!(start(""), (0, false));
    }
}
