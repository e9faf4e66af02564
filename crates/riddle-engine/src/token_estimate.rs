/// Bytes of a token: about four in English, about three in Chinese.
const BYTES_PER_TOKEN: u64 = 3;

/// Estimates the tokens of a text by its length, because counting them costs more than a wrong estimate.
pub(crate) fn estimated_tokens(text: &str) -> u64 {
    text.len() as u64 / BYTES_PER_TOKEN + 1
}
