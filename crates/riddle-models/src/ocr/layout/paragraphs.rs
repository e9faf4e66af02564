//! Lines that go on in the next are one paragraph.

use super::PlacedLine;

/// The text of rows: lines that go on in the next are joined, and what stands apart is divided by a blank line.
pub(super) fn join_lines(rows: &[Vec<PlacedLine>]) -> String {
    let mut text = String::new();
    let mut before: Option<Row> = None;
    for row in rows {
        let row = Row::of(row);
        match before {
            None => text.push_str(&row.text),
            Some(before) if goes_on(&before, &row) => join(&mut text, &row.text),
            Some(before) if stands_apart(&before, &row) => {
                text.push_str("\n\n");
                text.push_str(&row.text);
            }
            Some(_) => {
                text.push('\n');
                text.push_str(&row.text);
            }
        }
        before = Some(row);
    }
    text
}

/// A row of a page as one line.
struct Row {
    text: String,
    /// Pieces that it consists of.
    pieces: usize,
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

impl Row {
    fn of(lines: &[PlacedLine]) -> Self {
        let mut text = String::new();
        for line in lines {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line.text.trim());
        }
        let min = |side: fn(&PlacedLine) -> f32| lines.iter().map(side).fold(f32::MAX, f32::min);
        let max = |side: fn(&PlacedLine) -> f32| lines.iter().map(side).fold(f32::MIN, f32::max);
        Self {
            text,
            pieces: lines.len(),
            left: min(|line| line.left),
            right: max(|line| line.right),
            top: min(|line| line.top),
            bottom: max(|line| line.bottom),
        }
    }

    fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

fn stands_apart(before: &Row, row: &Row) -> bool {
    let gap = row.top - before.bottom;
    let height = before.height().min(row.height());
    let other_size = before.height().max(row.height()) > height * 1.5;
    // The next column begins above.
    gap > height * 0.8 || row.bottom < before.top || other_size
}

/// Whether the line above runs to where its neighbour ends, and ends in the middle of a sentence.
fn goes_on(before: &Row, row: &Row) -> bool {
    let height = before.height().min(row.height());
    let full = before.right > row.right - height * 2.0;
    let one_column = before.left < row.right && row.left < before.right;
    let indented = row.left > before.left + height * 1.2 && row.pieces == 1;
    let ends = before
        .text
        .ends_with(['.', '!', '?', ':', '。', '！', '？', '：', '；', '…']);
    before.pieces == 1
        && row.pieces == 1
        && one_column
        && full
        && !indented
        && !ends
        && !stands_apart(before, row)
        && !begins_item(&row.text)
}

/// A list's items stand on lines of their own.
fn begins_item(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('-' | '•' | '·' | '*' | '●' | '○' | '■' | '□' | '–' | '—') => true,
        Some(first) if first.is_ascii_digit() => {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            rest.starts_with(['.', ')', '、', '．', '）'])
        }
        Some('(' | '（') => chars.next().is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    }
}

/// Appends the next line. A word that is divided is put together, and Chinese needs no space.
fn join(text: &mut String, next: &str) {
    let last = text.chars().next_back();
    let first = next.chars().next();
    let hyphenated = text.ends_with('-')
        && text.chars().rev().nth(1).is_some_and(char::is_alphabetic)
        && first.is_some_and(char::is_lowercase);
    if hyphenated {
        text.pop();
    } else if !last.is_some_and(is_wide) && !first.is_some_and(is_wide) {
        text.push(' ');
    }
    text.push_str(next);
}

/// Characters that are written without spaces between them.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}
