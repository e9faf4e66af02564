//! Whether there is anything to read.

use riddle_core::is_invisible;

/// Whether a text has a character that a reader sees.
pub(crate) fn has_words(text: &str) -> bool {
    let is_seen = |c: char| !c.is_whitespace() && !c.is_control() && !is_invisible(c);
    text.chars().any(is_seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_no_text() {
        for text in [
            "",
            " \n\t",
            "\u{A0}\u{3000}",
            "\u{200B}\u{FEFF}\u{AD}",
            "\0\u{1}\u{2066}\u{2069}",
        ] {
            assert!(!has_words(text), "{text:?}");
        }
        for text in ["a", "。", "\u{200B}字", "-"] {
            assert!(has_words(text), "{text:?}");
        }
    }
}
