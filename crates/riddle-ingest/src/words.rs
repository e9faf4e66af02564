//! Whether there is anything to read.

use riddle_core::is_invisible;

/// Whether a text has a character that a reader sees.
pub(crate) fn has_words(text: &str) -> bool {
    let is_seen =
        |c: char| !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !is_blank(c);
    text.chars().any(is_seen)
}

/// Letters that are drawn as nothing: a cell of Braille without dots, and the fillers of Korean. They part words, so
/// they are no invisible characters.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{2800}' | '\u{3164}' | '\u{FFA0}')
}

/// Whether an address is a picture itself, and so names none.
pub(crate) fn is_own_picture(address: &str) -> bool {
    const START: &str = "data:image/";
    let mut characters = address.chars().filter(|c| !c.is_ascii_whitespace());
    START.chars().all(|expected| {
        let found = characters.next();
        found.is_some_and(|found| found.eq_ignore_ascii_case(&expected))
    })
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
            "\u{2800} \u{3164}\u{FFA0}",
        ] {
            assert!(!has_words(text), "{text:?}");
        }
        for text in ["a", "。", "\u{200B}字", "-", "\u{2801}\u{2800}"] {
            assert!(has_words(text), "{text:?}");
        }
    }

    #[test]
    fn an_own_picture_is_known_however_it_is_written() {
        for address in ["data:image/png;base64,AA", " DATA:\nimage/svg+xml,%3Csvg"] {
            assert!(is_own_picture(address), "{address}");
        }
        for address in [
            "",
            "data:",
            "data:text/plain,x",
            "https://e.example/data:image/png",
        ] {
            assert!(!is_own_picture(address), "{address}");
        }
    }
}
