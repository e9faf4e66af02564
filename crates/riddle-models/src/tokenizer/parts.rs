/// Pieces are about this long: enough of them to keep all threads busy, and each small enough for the working memory of
/// a tokenizer, which is many times the text, to stay in the CPU's caches.
const PIECE_BYTES: usize = 8 << 10;

/// Cuts a long text in front of white space that follows something else. No tokenizer here joins two such characters,
/// so the tokens of the parts are the tokens of the text. Gives each part with its offset.
pub(super) fn parts(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let (mut parts, mut start) = (Vec::new(), 0);
    while bytes.len() - start > PIECE_BYTES {
        let Some(length) = boundary(&bytes[start..]) else {
            break;
        };
        parts.push((start, &text[start..start + length]));
        start += length;
    }
    parts.push((start, &text[start..]));
    parts
}

/// ASCII white space is never a part of a longer character, so a cut in front of it is a cut between characters.
fn boundary(bytes: &[u8]) -> Option<usize> {
    (PIECE_BYTES..bytes.len())
        .find(|at| bytes[*at].is_ascii_whitespace() && bytes[*at - 1].is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_text() {
        let text = "中文 and words, \n\n more  words\t".repeat(3_000);
        let parts = parts(&text);
        assert!(parts.len() > 5);
        let mut at = 0;
        for (offset, part) in &parts {
            assert_eq!(*offset, at);
            at += part.len();
        }
        assert_eq!(at, text.len());
    }

    #[test]
    fn short_and_unspaced_texts_stay_whole() {
        assert_eq!(parts("").len(), 1);
        assert_eq!(parts("a b c").len(), 1);
        assert_eq!(parts(&"字".repeat(20_000)).len(), 1);
    }
}
