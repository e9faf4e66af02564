//! Names in files of TREC, which have no place for blanks.

use std::borrow::Cow;
use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

/// An id as addresses have it: TREC's files have no place for blanks, and a leading # makes a comment of a line.
pub(super) fn fitting(id: &str) -> String {
    let mut fit = String::with_capacity(id.len());
    for (place, letter) in id.char_indices() {
        let is_unfit = letter == '%' || letter.is_whitespace() || letter.is_control();
        if !is_unfit && (place > 0 || letter != '#') {
            fit.push(letter);
            continue;
        }
        for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
            // A String takes whatever is written to it.
            let _ = write!(fit, "%{byte:02X}");
        }
    }
    fit
}

/// The name that was written as addresses have it; what is not written so stays as it is.
pub fn plain_name(name: &str) -> String {
    percent_decode_str(name)
        .decode_utf8()
        .map_or_else(|_| name.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were_written() {
        for name in ["a.md", "#1 of 2.md", "100 %.md", "休假 规定.md", "a%20b.md"] {
            let written = fitting(name);
            assert!(
                !written.contains(' ') && !written.starts_with('#'),
                "{written}"
            );
            assert_eq!(plain_name(&written), name);
        }
        for name in ["50%", "50%zz", "50%+1", "%ff", "a.md"] {
            assert_eq!(plain_name(name), name);
        }
    }
}
