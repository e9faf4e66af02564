//! Characters out of bytes that arrive in arbitrary pieces.

/// Collects bytes and releases whole characters.
#[derive(Default)]
pub(crate) struct Utf8Pieces {
    pending: Vec<u8>,
}

impl Utf8Pieces {
    /// Takes `bytes` and returns the characters that are complete now. Bytes that can never become a character turn
    /// into U+FFFD; a started character waits for its rest.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = self.pending.as_slice();
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(whole) => {
                    text.push_str(whole);
                    rest = &[];
                    break;
                }
                Err(error) => error,
            };
            let (whole, broken) = rest.split_at(error.valid_up_to());
            text.push_str(&String::from_utf8_lossy(whole));
            rest = broken;
            let Some(invalid) = error.error_len() else {
                break;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[invalid..];
        }
        self.pending = rest.to_vec();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_split_anywhere_come_out_whole() {
        let text = "naïve 答案 🦀 end";
        for size in 1..=5 {
            let mut pieces = Utf8Pieces::default();
            let joined: String = text
                .as_bytes()
                .chunks(size)
                .map(|bytes| pieces.push(bytes))
                .collect();
            assert_eq!(joined, text, "pieces of {size} bytes");
        }
    }

    #[test]
    fn a_started_character_waits() {
        let mut pieces = Utf8Pieces::default();
        assert_eq!(pieces.push(&[b'a', 0xE7, 0xAD]), "a");
        assert_eq!(pieces.push(&[0x94]), "答");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut pieces = Utf8Pieces::default();
        assert_eq!(
            pieces.push(&[b'a', 0xFF, b'b', 0xC3, b'c']),
            "a\u{FFFD}b\u{FFFD}c"
        );
    }
}
