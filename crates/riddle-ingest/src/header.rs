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
    let strict = |at: usize| {
        filled(&rows[at]) * 4 >= width * 3
            || has_corner(&rows[at], width) && !names_values(&rows[at + 1..])
    };
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

/// Whether a table of these rows goes on with the rows of `former`, a table that names its columns, and does not begin
/// with names of its own: it has no header, or a cell of that is of the kind of those in its column of `former`.
pub(crate) fn goes_on(former: &[Vec<String>], rows: &[Vec<String>]) -> bool {
    const NAMED: Start = Start {
        preamble: 0,
        header: true,
    };
    let (Some((names, values)), Some(first)) = (former.split_first(), rows.first()) else {
        return false;
    };
    if find_start(former) != NAMED || shared_cells(names, first) > 0 {
        return false;
    }
    let has_digit = |cell: &str| cell.chars().any(char::is_numeric);
    let is_alike = |(column, cell): (usize, &String)| {
        let above = values.iter().filter_map(|row| row.get(column));
        let mut above = above
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty());
        let same_kind = |other: &str| has_digit(other) && kind(other) == kind(cell);
        let counted = above.clone().next().is_some() && above.clone().all(same_kind);
        counted && has_digit(cell) || above.any(|other| other == cell.trim())
    };
    let start = find_start(rows);
    !start.header || rows[start.preamble].iter().enumerate().any(is_alike)
}

/// Whether the row at `at` names columns: most have a name, and no name is a value, too long, or repeated below.
fn names_columns(rows: &[Vec<String>], at: usize) -> bool {
    const MAX_NAME_CHARACTERS: usize = 100;
    let row = &rows[at];
    let body = &rows[at + 1..];
    let mut names: Vec<&str> = Vec::new();
    let mut values: Vec<usize> = Vec::new();
    let mut words = 0;
    for (column, name) in row.iter().enumerate() {
        let name = name.trim();
        if name.is_empty() {
            continue;
        }
        if name.chars().count() > MAX_NAME_CHARACTERS {
            return false;
        }
        if is_value(name) {
            values.push(column);
        } else {
            words += 1;
        }
        names.push(name);
    }
    let corner = has_corner(row, row.len());
    words += usize::from(corner);
    let named = names.len() + usize::from(corner);
    names.sort_unstable();
    names.dedup();
    let first_is_word = corner
        || row
            .iter()
            .find(|name| !name.trim().is_empty())
            .is_some_and(|name| !is_value(name));
    let differs = |column: &usize| differs_in_kind(&row[*column], body, *column);
    let named_by_values = first_is_word && rises(row, &values, body);
    if !(values.iter().all(differs) || named_by_values) {
        return false;
    }
    row.len() > 1
        && words > 0
        && named * 2 > row.len()
        && names.len() * 2 > named
        && !is_repeated(row, body)
}

/// Whether a row has no cell but the first one empty, above the names of the rows of a table of two directions.
fn has_corner(row: &[String], width: usize) -> bool {
    let corner = row.first().is_some_and(|cell| cell.trim().is_empty());
    corner && width > 2 && filled(row) + 1 == width && extent(row) == width
}

/// Whether a word of the first row stands above values alone, so that the row names columns.
fn names_values(rows: &[Vec<String>]) -> bool {
    let Some((first, body)) = rows.split_first() else {
        return false;
    };
    (1..first.len()).any(|column| {
        let mut below = body.iter().filter_map(|row| row.get(column)).peekable();
        !is_value(&first[column]) && below.peek().is_some() && below.all(|cell| is_value(cell))
    })
}

/// Whether cells of the rows below have the names as values: in more than a third of the rows, or most of a row.
fn is_repeated(header: &[String], body: &[Vec<String>]) -> bool {
    let shared = |row: &&Vec<String>| row.as_slice() != header && shared_cells(header, row) > 0;
    let mostly = |row: &Vec<String>| {
        row.as_slice() != header && shared_cells(header, row) * 2 > header.len()
    };
    body.iter().any(mostly) || body.iter().filter(shared).count() * 3 > body.len()
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Word,
    Number,
    /// A day, a month or a year.
    Date,
    Other,
}

fn kind(cell: &str) -> Kind {
    let cell = cell.trim();
    if !is_value(cell) {
        return Kind::Word;
    }
    if is_year(cell) || is_date(cell) {
        return Kind::Date;
    }
    let is_number = cell.chars().any(char::is_numeric) && !cell.contains(['@', ':']);
    if is_number { Kind::Number } else { Kind::Other }
}

/// Whether a value is a day or a month, as `2026-01`, `1.2.2026` or `01/2026`.
fn is_date(cell: &str) -> bool {
    let day = cell.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['-', '.', '/']).collect();
    let digits = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let year = |part: &&str| part.len() == 4 && is_year(part);
    (2..=3).contains(&parts.len())
        && parts.iter().all(digits)
        && parts.iter().filter(|part| part.len() <= 2).count() == parts.len() - 1
        && parts.first().into_iter().chain(parts.last()).any(year)
}

/// Whether a date or a number names a column whose values are of another kind.
fn differs_in_kind(name: &str, body: &[Vec<String>], column: usize) -> bool {
    let own = kind(name);
    let mut filled = body
        .iter()
        .filter_map(|row| row.get(column))
        .filter(|cell| !cell.trim().is_empty())
        .peekable();
    match own {
        Kind::Date => filled.all(|cell| kind(cell) != own),
        Kind::Number => {
            filled.peek().is_some() && body.len() > 1 && filled.all(|cell| kind(cell) != own)
        }
        _ => false,
    }
}

/// Whether the values of a header rise from column to column, such as depths, and those of the rows below do not.
fn rises(header: &[String], columns: &[usize], body: &[Vec<String>]) -> bool {
    const MIN_COLUMNS: usize = 3;
    let rise = |row: &[String]| {
        let values: Vec<f64> = columns
            .iter()
            .filter_map(|column| row.get(*column)?.trim().parse().ok())
            .collect();
        values.len() == columns.len() && values.is_sorted_by(|one, other| one < other)
    };
    columns.len() >= MIN_COLUMNS
        && columns
            .iter()
            .all(|column| kind(&header[*column]) == Kind::Number)
        && rise(header)
        && body.iter().filter(|row| rise(row)).count() * 2 < body.len()
}

/// Whether rows are names with one value each, as a form has them: few rows with different names and values of
/// several kinds, so that the first row names no columns.
pub(crate) fn are_key_values(rows: &[Vec<String>]) -> bool {
    const MAX_ROWS: usize = 30;
    const VALUE_NAMES: [&str; 8] = [
        "value", "values", "wert", "werte", "valeur", "valor", "valore", "值",
    ];
    let paired = |row: &Vec<String>| extent(row) == 2 && filled(row) == 2 && !is_value(&row[0]);
    if !(3..=MAX_ROWS).contains(&rows.len()) || !rows.iter().all(paired) {
        return false;
    }
    if VALUE_NAMES.contains(&rows[0][1].trim().to_lowercase().as_str()) {
        return false;
    }
    let mut names: Vec<&str> = rows.iter().map(|row| row[0].trim()).collect();
    names.sort_unstable();
    names.dedup();
    let mut kinds: Vec<Kind> = rows.iter().map(|row| kind(&row[1])).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let values = kinds.iter().filter(|kind| **kind != Kind::Word).count();
    names.len() == rows.len() && values > 1
}

/// Whether a cell of the row holds a value other than a date.
pub(crate) fn holds_values(row: &[String]) -> bool {
    row.iter()
        .any(|cell| !matches!(kind(cell), Kind::Word | Kind::Date))
}

/// Whether a cell of the row holds a date.
pub(crate) fn holds_dates(row: &[String]) -> bool {
    row.iter().any(|cell| kind(cell) == Kind::Date)
}

fn shared_cells(header: &[String], row: &[String]) -> usize {
    header
        .iter()
        .zip(row)
        .filter(|(name, cell)| !name.trim().is_empty() && name.trim() == cell.trim())
        .count()
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
        assert_eq!(start("Crew,2031-05,2031-06\nRed,4,9\nBlue,2,8"), (0, true));
        assert_eq!(start("Crew,2031-05-01,1.6.2031\nRed,4,9"), (0, true));
        assert_eq!(start("Hole,10,20,30\nA,7,3,5\nB,2,9,1\nC,8,8,4"), (0, true));
        assert_eq!(start("Who,Jan,Feb\nAda,x,y\nBo,Jan,z\nCy,x,x"), (0, true));
        assert_eq!(start("Name,Note,Note,Age\nAda,x,y,7"), (0, true));
        assert_eq!(start(",Mon,Tue\nAda,x,y\nBo,z,w"), (0, true));
        assert_eq!(start("Rota,,\n,Mon,Tue\nAda,x,y\nBo,z,w"), (1, true));
        assert_eq!(start(",2024,2025\nSand,10,11\nClay,20,21"), (0, true));
        assert_eq!(start(",10,20\nSand,4,5\nClay,6,7"), (0, false));
        assert_eq!(start(",Flow,Level\nPump,min,max\nP-1,4,9"), (1, true));
    }

    #[test]
    fn rows_go_on_where_they_are_of_the_kind_of_those_before() {
        let valves = "Valve,Wing\nV-01,north\nV-02,south";
        for (former, rows_after, expected) in [
            (valves, "V-41,east\nV-42,west", true),
            (valves, "spare,south\nlent,west", true),
            (valves, "Pump,Hall\nP-1,east\nP-2,west", false),
            (valves, "Valve,Place\nV-41,east", false),
            (valves, "Valve,Wing\nV-41,east", false),
            ("Item,Price\nNut,4\nBolt,5", "Washer,6\nRivet,7", true),
            ("Item,2024\nNut,4\nBolt,5", "Item,2025\nNut,6", false),
            (
                "Item,2024\nNut,4\nBolt,5",
                "Region,2025\nNorth,3\nSouth,4",
                false,
            ),
            (valves, "Table 2: Pumps,\nPump,Hall\nP-1,east", false),
            (valves, "of the old part,\nV-41,east\nV-42,west", true),
            (
                "V-01,north\nV-02,north\nV-03,north",
                "V-41,north\nV-42,north",
                false,
            ),
        ] {
            assert_eq!(
                goes_on(&rows(former), &rows(rows_after)),
                expected,
                "{rows_after}"
            );
        }
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
