//! Where tokens start in a text. It is tokenised once; after that two binary searches count the tokens of any part.

use std::ops::Range;

use riddle_core::Tokenizer;
use text_splitter::ChunkSizer;

/// Most bytes that are tokenised in one call. On longer texts tokenizers slow down and take much memory.
const BYTES_PER_CALL: usize = 16 * 1024;
/// This many bytes count as at least one token, because some tokenizers make one token of an endless word.
const MAX_BYTES_PER_TOKEN: usize = 32;

/// The starts of all tokens of a text.
pub(super) struct TokenMap<'a> {
    text: &'a str,
    tokenizer: &'a dyn Tokenizer,
    starts: Vec<usize>,
}

impl<'a> TokenMap<'a> {
    /// `None` when `go_on`, which is asked between two calls of the tokenizer, has said no.
    pub(super) fn new(
        text: &'a str,
        tokenizer: &'a dyn Tokenizer,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let mut starts = Vec::with_capacity(text.len() / 4);
        let mut from = 0;
        while from < text.len() {
            if !go_on() {
                return None;
            }
            let to = call_end(text, from);
            let offsets = tokenizer.token_starts(&text[from..to]);
            starts.extend(offsets.into_iter().map(|offset| from + offset));
            from = to;
        }
        Some(Self {
            text,
            tokenizer,
            starts,
        })
    }

    /// Tokens of a part of the text. A part that begins inside a token counts the rest of it as one.
    pub(super) fn count(&self, part: &Range<usize>) -> usize {
        let first = self.starts.partition_point(|start| *start < part.start);
        let end = first + self.starts[first..].partition_point(|start| *start < part.end);
        let begins_inside = part.start < part.end && self.starts.get(first) != Some(&part.start);
        end - first + usize::from(begins_inside)
    }

    /// Size of a part for the limit on chunks: its tokens, or more if single tokens are very long.
    pub(super) fn size(&self, part: &Range<usize>) -> usize {
        self.count(part)
            .max(part.len().div_ceil(MAX_BYTES_PER_TOKEN))
    }

    /// The furthest end at which `start..end` has at most `size`. It is a character boundary, and past `start` unless
    /// the text ends there.
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

impl TokenMap<'_> {
    /// The earliest start from which `start..end` has at most `size`, at a token and past `after`; `end` if there is
    /// none.
    pub(super) fn earliest_start(&self, end: usize, size: usize, after: usize) -> usize {
        let behind = self.starts.partition_point(|token| *token < end);
        let by_tokens = self.starts[..behind].iter().rev().take(size);
        let by_bytes = end.saturating_sub(size.saturating_mul(MAX_BYTES_PER_TOKEN));
        by_tokens
            .copied()
            .take_while(|start| *start > after && *start >= by_bytes)
            .filter(|start| self.text.is_char_boundary(*start))
            .last()
            .unwrap_or(end)
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

/// Where the next call of the tokenizer ends: after a line feed, else after a space, else anywhere.
fn call_end(text: &str, from: usize) -> usize {
    if text.len() - from <= BYTES_PER_CALL {
        return text.len();
    }
    let limit = text.floor_char_boundary(from + BYTES_PER_CALL);
    let window = &text[from..limit];
    let at = window.rfind('\n').or_else(|| window.rfind(' '));
    at.map_or(limit, |at| from + at + 1)
}
