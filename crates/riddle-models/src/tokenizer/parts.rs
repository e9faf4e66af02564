use std::ops::Range;

/// Pieces are about this long: enough of them to keep all threads busy, and each small enough for the working memory of
/// a tokenizer, which is many times the text, to stay in the CPU's caches.
const PIECE_BYTES: usize = 8 << 10;
/// A text without such white space, as most Chinese is, is cut between any two characters behind so many bytes: a
/// tokenizer that is given millions of them takes gigabytes.
const LONGEST_BYTES: usize = 2 * PIECE_BYTES;

/// Cuts a long text in front of white space that follows something else. No tokenizer here joins two such characters,
/// so the tokens of the parts are the tokens of the text. Where a part would get too long it ends anywhere, and the
/// tokens there may be a few others than those of the text. Gives each part with its offset.
pub(super) fn parts(text: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start) = (Vec::new(), 0);
    while text.len() - start > PIECE_BYTES {
        let rest = &text[start..];
        let longest = rest.floor_char_boundary(LONGEST_BYTES);
        let Some(length) = first_boundary(rest, PIECE_BYTES..longest)
            .or_else(|| (longest < rest.len()).then_some(longest))
        else {
            break;
        };
        parts.push((start, &rest[..length]));
        start += length;
    }
    parts.push((start, &text[start..]));
    parts
}

/// The first place of this range where a text may be cut.
pub(super) fn first_boundary(text: &str, mut within: Range<usize>) -> Option<usize> {
    within.find(|at| is_boundary(text.as_bytes(), *at))
}

/// The last one.
pub(super) fn last_boundary(text: &str, mut within: Range<usize>) -> Option<usize> {
    within.rfind(|at| is_boundary(text.as_bytes(), *at))
}

/// ASCII white space is never a part of a longer character, so a cut in front of it is a cut between characters.
fn is_boundary(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    before.is_some_and(u8::is_ascii_graphic) && bytes.get(at).is_some_and(u8::is_ascii_whitespace)
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
    fn short_texts_stay_whole() {
        for short in ["", "a b c", "字".repeat(LONGEST_BYTES / 3).as_str()] {
            assert_eq!(parts(short).len(), 1);
        }
    }

    #[test]
    fn no_part_of_an_unspaced_text_is_long() {
        for run in ["字", "a", " ", "\u{3000}", "é ", "a\u{301}"] {
            let text = run.repeat(100_000);
            let parts = parts(&text);
            assert!(parts.iter().all(|(_, part)| part.len() <= LONGEST_BYTES));
            assert_eq!(
                parts.iter().map(|(_, part)| *part).collect::<String>(),
                text
            );
        }
    }
}
