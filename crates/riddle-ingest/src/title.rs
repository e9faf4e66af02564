//! Lines in front of a table that say what it is. They become headings, so that every chunk of the table says it.

/// A table that takes more bytes may be cut, into chunks without the lines in front of it.
pub(crate) const LONG_TABLE_BYTES: usize = 400;

/// Most lines of a title: the title itself and what is said below it.
const MAX_LINES: usize = 2;
/// Longest line of a title, in characters.
const LONGEST_LINE: usize = 100;

/// How many of the first lines of a text are a title.
pub(crate) fn title_lines(text: &str) -> usize {
    let is_title = |line: &&str| {
        line.contains(char::is_alphanumeric)
            && !line.contains(" | ")
            && line.chars().nth(LONGEST_LINE).is_none()
    };
    text.lines().take(MAX_LINES).take_while(is_title).count()
}
