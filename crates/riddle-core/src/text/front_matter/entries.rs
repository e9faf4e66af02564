//! The fields of the outermost level, each with the lines that belong to it.

use super::scalar::is_list_end;

/// Bytes that are read: of what is longer, the fields would take many times the memory of the text.
const MOST_READ: usize = 1 << 20;

/// A field as it is written.
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    /// What follows on its line.
    pub(super) value: &'a str,
    /// The lines below that belong to it.
    pub(super) rest: Vec<&'a str>,
}

/// The fields, and how many lines belong to none of them. What is nested in a table of TOML is one such line, as is all
/// that is beyond the bound.
pub(super) fn entries(lines: &str, separator: char) -> (Vec<Entry<'_>>, u32) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let read = within_bound(lines);
    let mut strays = u32::from(read.len() < lines.len());
    for line in read.lines().map(str::trim_end) {
        if let Some(last) = entries.last_mut()
            && last.takes(line, separator)
        {
            last.rest.push(line);
        } else if let Some(entry) = field(line, separator) {
            entries.push(entry);
        } else if !line.is_empty() && !line.starts_with('#') {
            strays = strays.saturating_add(1);
            if separator == '=' && line.starts_with('[') {
                break;
            }
        }
    }
    (entries, strays)
}

/// The whole lines within the bound.
fn within_bound(lines: &str) -> &str {
    if lines.len() <= MOST_READ {
        return lines;
    }
    let first = &lines[..lines.floor_char_boundary(MOST_READ)];
    first.rfind('\n').map_or("", |end| &first[..=end])
}

impl Entry<'_> {
    fn takes(&self, line: &str, separator: char) -> bool {
        if separator == '=' {
            return self.is_open_list();
        }
        line.is_empty()
            || line.starts_with([' ', '\t', ']'])
            || (self.value.is_empty() && (line == "-" || line.starts_with("- ")))
    }

    /// Whether it is a list whose end has still to come.
    fn is_open_list(&self) -> bool {
        let last = self.rest.last().unwrap_or(&self.value);
        self.value.starts_with('[') && !is_list_end(last)
    }
}

fn field(line: &str, separator: char) -> Option<Entry<'_>> {
    let (key, value) = match line.chars().next()? {
        quote @ ('"' | '\'') => {
            let (key, rest) = line[1..].split_once(quote)?;
            (key, rest.trim_start().strip_prefix(separator)?)
        }
        first if first.is_whitespace() || "-?:,[]{}#&*!|>%@`<=".contains(first) => return None,
        _ => line.split_once(separator)?,
    };
    // In YAML a colon within a word is no end of a key.
    if separator == ':' && !value.is_empty() && !value.starts_with([' ', '\t']) {
        return None;
    }
    let value = value.trim();
    Some(Entry {
        key: key.trim(),
        value: if value.starts_with('#') { "" } else { value },
        rest: Vec::new(),
    })
}
