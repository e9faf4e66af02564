//! Text as a terminal shows it: logs with colours, recorded sessions, manuals whose bold letters are struck twice.

use anstream::adapter::strip_str;

const BACKSPACE: char = '\x08';
const ESCAPE: char = '\x1b';

/// Leaves out what a terminal obeys and does not show: colours, titles of windows, letters struck over.
pub(super) fn as_shown(text: String) -> String {
    let text = if text.contains(BACKSPACE) {
        struck_last(&text)
    } else {
        text
    };
    if !text.contains(ESCAPE) {
        return text;
    }
    // Line by line, so that a sequence without its end takes along no more than its line.
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| strip_str(line).to_string())
        .collect();
    lines.join("\n")
}

/// Each letter as the last stroke left it.
fn struck_last(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character != BACKSPACE {
            shown.push(character);
        } else if !shown.ends_with('\n') {
            shown.pop();
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        as_shown(text.to_owned())
    }

    #[test]
    fn colours_and_titles_are_left_out() {
        assert_eq!(
            shown("\x1b[1;31merror\x1b[0m: pump 7\n\x1b]0;user@host\x07$ ls\n"),
            "error: pump 7\n$ ls\n"
        );
    }

    #[test]
    fn letters_struck_twice_stand_once() {
        assert_eq!(
            shown("N\x08NA\x08AM\x08ME\x08E\n\x08_\x08ä泵\x08泵"),
            "NAME\nä泵"
        );
    }

    #[test]
    fn a_sequence_without_its_end_takes_no_other_line_along() {
        assert_eq!(
            shown("before \x1b]0;never closed\nafter 42\n"),
            "before \nafter 42\n"
        );
    }

    #[test]
    fn text_without_sequences_is_as_it_was() {
        assert_eq!(shown("a [31m b\tc\n"), "a [31m b\tc\n");
    }
}
