//! Names in files of TREC, which have no place for blanks.

use std::fmt::Write as _;

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
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = behind.get(..2).filter(|digits| is_hexadecimal(digits));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(b'%');
                rest = behind;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap_or_else(|_no_text| name.to_owned())
}

fn is_hexadecimal(digits: &str) -> bool {
    digits.bytes().all(|digit| digit.is_ascii_hexdigit())
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
