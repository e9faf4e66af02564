/// Bytes of a token: about four in English, about three in Chinese.
const BYTES_PER_TOKEN: u64 = 3;

/// About how many tokens a text has, from its length alone: counting them would cost more than being wrong does.
pub(crate) fn estimated_tokens(text: &str) -> u64 {
    text.len() as u64 / BYTES_PER_TOKEN + 1
}
