//! How much a remote server may send for one answer.

use bytes::Bytes;

/// Bytes of text for each token that was asked for at most. Tokens have four on average in English and three in
/// Chinese; few have more than this.
const TEXT_BYTES_PER_TOKEN: usize = 16;
/// Bytes of the stream for each token, what the model thinks and the server writes around it included.
const BYTES_PER_TOKEN: usize = 16 << 10;

/// What is left of an answer's bounds. A server is asked for a number of tokens, and one that does not keep to it would
/// be read for as long as it likes.
#[derive(Debug)]
pub(super) struct Allowance {
    text: usize,
    stream: usize,
    used_up: bool,
}

impl Allowance {
    pub(super) fn of(max_tokens: u32) -> Self {
        let tokens = usize::try_from(max_tokens).unwrap_or(usize::MAX).max(1);
        Self {
            text: tokens.saturating_mul(TEXT_BYTES_PER_TOKEN),
            stream: tokens.saturating_mul(BYTES_PER_TOKEN),
            used_up: false,
        }
    }

    /// Whether the server has sent more than it may.
    pub(super) fn is_used_up(&self) -> bool {
        self.used_up
    }

    /// Counts what came.
    pub(super) fn receive(&mut self, bytes: &Bytes) {
        self.used_up |= bytes.len() > self.stream;
        self.stream = self.stream.saturating_sub(bytes.len());
    }

    /// As much of the text as is allowed, in whole characters.
    pub(super) fn take(&mut self, mut text: String) -> String {
        if text.len() > self.text {
            self.used_up = true;
            text.truncate(text.floor_char_boundary(self.text));
        }
        self.text -= text.len();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        let mut allowance = Allowance::of(1);
        assert_eq!(allowance.take("a".repeat(14)), "a".repeat(14));
        assert!(!allowance.is_used_up());
        assert_eq!(allowance.take("答案".to_owned()), "");
        assert!(allowance.is_used_up());
        let mut whole = Allowance::of(1);
        assert_eq!(whole.take("答案答案答".to_owned()), "答案答案答");
        assert!(!whole.is_used_up());
    }

    #[test]
    fn a_stream_without_text_is_bounded_too() {
        let mut allowance = Allowance::of(2);
        let keep_alive = Bytes::from(vec![b':'; BYTES_PER_TOKEN]);
        allowance.receive(&keep_alive);
        allowance.receive(&keep_alive);
        assert!(!allowance.is_used_up());
        allowance.receive(&Bytes::from_static(b":"));
        assert!(allowance.is_used_up());
    }
}
