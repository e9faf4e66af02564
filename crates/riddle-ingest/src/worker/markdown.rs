//! Repairs of the Markdown that the library writes.

/// Inline data longer than this many bytes is an image, not text.
const MAX_DATA_BYTES: usize = 128;

/// Line feeds alone, no control characters, no images inlined as base64.
pub(super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text
        .chars()
        .filter(|character| !character.is_ascii_control() || matches!(character, '\n' | '\t'))
        .collect();
    without_inline_data(&text)
}

/// The text without the marks that the library writes for the ends of lines in the cells of tables.
pub(super) fn without_breaks_in_cells(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.starts_with('|') {
            true => kept.push_str(&line.replace("<br>", " ")),
            false => kept.push_str(line),
        }
    }
    kept
}

fn without_inline_data(text: &str) -> String {
    const START: &str = ";base64,";
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        let (before, data) = rest.split_at(at + START.len());
        let length = data
            .bytes()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'%')
            })
            .count();
        kept.push_str(before);
        if length <= MAX_DATA_BYTES {
            kept.push_str(&data[..length]);
        }
        rest = &data[length..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_cells_are_parted_by_spaces() {
        let text =
            "Write `<br>` here.\n| Harbour<br>master | Quay |\n| --- | --- |\n| Ada<br>Brisk | 4 |";
        assert_eq!(
            without_breaks_in_cells(text),
            "Write `<br>` here.\n| Harbour master | Quay |\n| --- | --- |\n| Ada Brisk | 4 |"
        );
    }
}
