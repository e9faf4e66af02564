//! Where tokens start in the whole text: tokenised once, counted by two binary searches ever after.

use std::ops::Range;

use riddle_core::Tokenizer;
use text_splitter::ChunkSizer;

/// Bytes tokenised at once. Tokenizers slow down and take much memory on long texts.
const PIECE_BYTES: usize = 16 * 1024;
/// Bytes that count as a token at least: some tokenizers make one token of a word without end.
const MAX_BYTES_PER_TOKEN: usize = 32;

/// Token starts of a text. Sizes any slice of it.
pub(super) struct TokenMap<'a> {
    text: &'a str,
    tokenizer: &'a dyn Tokenizer,
    starts: Vec<usize>,
}

impl<'a> TokenMap<'a> {
    pub(super) fn new(text: &'a str, tokenizer: &'a dyn Tokenizer) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 4);
        let mut from = 0;
        while from < text.len() {
            let to = piece_end(text, from);
            let offsets = tokenizer.token_starts(&text[from..to]);
            starts.extend(offsets.into_iter().map(|offset| from + offset));
            from = to;
        }
        Self {
            text,
            tokenizer,
            starts,
        }
    }

    /// Tokens of a part of the text. A part that begins inside a token counts the rest of it as one.
    pub(super) fn count(&self, part: &Range<usize>) -> usize {
        let first = self.starts.partition_point(|start| *start < part.start);
        let end = first + self.starts[first..].partition_point(|start| *start < part.end);
        let begins_inside = part.start < part.end && self.starts.get(first) != Some(&part.start);
        end - first + usize::from(begins_inside)
    }

    /// Size of a part for the bound on chunks: its tokens, or more where single tokens are huge.
    pub(super) fn size(&self, part: &Range<usize>) -> usize {
        self.count(part)
            .max(part.len().div_ceil(MAX_BYTES_PER_TOKEN))
    }

    /// The furthest end at which `start..end` still has at most `size`; a character boundary, past `start` where
    /// there is text.
    pub(super) fn furthest_end(&self, start: usize, size: usize) -> usize {
        let first = self.starts.partition_point(|token| *token < start);
        let whole = size.saturating_sub(usize::from(self.starts.get(first) != Some(&start)));
        let by_tokens = self
            .starts
            .get(first + whole)
            .copied()
            .unwrap_or(self.text.len());
        let by_bytes = start.saturating_add(size.saturating_mul(MAX_BYTES_PER_TOKEN));
        let end = self.text.floor_char_boundary(by_tokens.min(by_bytes));
        if end > start {
            return end;
        }
        self.text
            .ceil_char_boundary((start + 1).min(self.text.len()))
    }
}

impl ChunkSizer for TokenMap<'_> {
    fn size(&self, chunk: &str) -> usize {
        let base = self.text.as_ptr().addr();
        let start = chunk.as_ptr().addr().wrapping_sub(base);
        match start.checked_add(chunk.len()) {
            Some(end) if start <= self.text.len() && end <= self.text.len() => {
                Self::size(self, &(start..end))
            }
            _ => self.tokenizer.token_starts(chunk).len(),
        }
    }
}

/// The end of a piece for the tokenizer: behind a line feed, else behind a space, else anywhere.
fn piece_end(text: &str, from: usize) -> usize {
    if text.len() - from <= PIECE_BYTES {
        return text.len();
    }
    let limit = text.floor_char_boundary(from + PIECE_BYTES);
    let window = &text[from..limit];
    let at = window.rfind('\n').or_else(|| window.rfind(' '));
    at.map_or(limit, |at| from + at + 1)
}
