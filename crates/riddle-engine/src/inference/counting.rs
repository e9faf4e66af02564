use riddle_core::Tokenizer;

use crate::models::SPECIAL_TOKENS;

/// A token of more bytes is rare.
const BYTES_PER_TOKEN: usize = 24;
/// Tokens that a word may be more where it is cut.
const SPARE: usize = 128;

/// Tokens of a text, special ones included; beyond `limit` any number above it. Of a text that is much longer than so
/// many tokens only the beginning is read.
pub(super) fn tokens_up_to(tokenizer: &dyn Tokenizer, text: &str, limit: usize) -> usize {
    let count = |text: &str| tokenizer.token_starts(text).len() + SPECIAL_TOKENS;
    let enough = limit.saturating_add(SPARE);
    let beginning = text.floor_char_boundary(enough.saturating_mul(BYTES_PER_TOKEN));
    if beginning < text.len() {
        let tokens = count(&text[..beginning]);
        if tokens > enough {
            return tokens;
        }
    }
    count(text)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Tokens of three bytes, as of Chinese text; it adds up what it is given.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Tokenizer for Counting {
        fn token_starts(&self, text: &str) -> Vec<usize> {
            self.0.fetch_add(text.len(), Ordering::Relaxed);
            (0..text.len()).step_by(3).collect()
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_read() {
        let tokenizer = Counting::default();
        let long = "字".repeat(1_000_000);
        assert!(tokens_up_to(&tokenizer, &long, 512) > 512);
        assert!(tokenizer.0.load(Ordering::Relaxed) < 100_000);
        let short = "字".repeat(100);
        assert_eq!(tokens_up_to(&tokenizer, &short, 512), 100 + SPECIAL_TOKENS);
    }
}
