//! Lines of `key: value` that belong together: an object of a JSON file, or a row of a table with its columns' names.

/// Most lines of a record.
pub(super) const MAX_LINES: usize = 40;

/// The element of a list that a line is about: `stations[3]` for `stations[3].state: idle`.
pub(super) fn element(line: &str) -> Option<&str> {
    let (path, _) = line.split_once(": ")?;
    let end = path.rfind("].")? + 1;
    let is_path = path.contains('[') && path.chars().all(|c| !c.is_whitespace());
    is_path.then(|| &path[..end])
}

/// Whether a text is a row of cells on one line. The value of an element of a list may have the mark between cells in
/// it; a row whose columns have paths as names has one in each cell.
pub(crate) fn is_row(text: &str) -> bool {
    let is_value = || element(text).is_some() && !text.split(" | ").all(|cell| cell.contains(": "));
    !text.contains('\n') && (text.starts_with('|') || text.contains(" | ") && !is_value())
}

/// Whether a line gives a value to a key as programs write it, such as `depth_m: 60`.
pub(super) fn has_key(line: &str) -> bool {
    let Some((key, value)) = line.split_once(": ") else {
        return false;
    };
    let starts = key.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']');
    starts && !value.is_empty() && key.chars().all(is_key)
}

/// The fields of a record, without what they have in common.
pub(crate) fn fields(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let shared = element(line).map_or(0, |element| element.len() + 1);
            line.get(shared..).unwrap_or(line).to_owned()
        })
        .collect()
}
