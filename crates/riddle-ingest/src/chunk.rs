//! Cuts a text into chunks: at boundaries of the text itself, and sized in tokens of the embedder.

mod outline;
mod places;
mod segments;
mod split;
mod tidy;
mod tokens;

use std::ops::Range;

use riddle_core::{ChunkingSettings, ExtractedText, NewChunk, PageStart, Span, Tokenizer};

use outline::Outline;
use tokens::TokenMap;

/// Cuts `text` into chunks of at most `max_tokens` tokens each, in the order of the text. A chunk and the headings
/// above it fit into `max_tokens` together; headings that would take more than a quarter of it count as a quarter.
/// Every character that is not white space is in at least one chunk, and neighbours share at most `overlap_tokens`.
pub fn chunk(
    text: &ExtractedText,
    tokenizer: &dyn Tokenizer,
    settings: ChunkingSettings,
) -> Vec<NewChunk> {
    chunk_while(text, tokenizer, settings, &|| true).unwrap_or_default()
}

/// As [`chunk`], for as long as `go_on` says so; `None` when it has said no. It is asked every few kilobytes.
pub fn chunk_while(
    text: &ExtractedText,
    tokenizer: &dyn Tokenizer,
    settings: ChunkingSettings,
    go_on: &dyn Fn() -> bool,
) -> Option<Vec<NewChunk>> {
    let outline = Outline::of(&text.text, text.format);
    let tokens = TokenMap::new(&text.text, tokenizer, go_on)?;
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for segment in segments::segments(&text.text, text.format, &outline) {
        if !go_on() {
            return None;
        }
        let budget = split::Budget::new(settings, &outline, &tokens, &segment);
        ranges.extend(split::split(
            &text.text,
            text.format,
            segment,
            &tokens,
            budget,
        ));
    }
    let ranges = tidy::tidy(&text.text, ranges, &outline, &tokens, settings);
    Some(describe(text, &ranges, &outline, &tokens))
}

fn describe(
    text: &ExtractedText,
    ranges: &[Range<usize>],
    outline: &Outline,
    tokens: &TokenMap<'_>,
) -> Vec<NewChunk> {
    let mut position = Position::default();
    let mut chunks = Vec::with_capacity(ranges.len());
    for (ordinal, range) in ranges.iter().enumerate() {
        let passage = &text.text[range.clone()];
        let start = position.advance(&text.text, range.start);
        chunks.push(NewChunk {
            ordinal: saturated(ordinal),
            text: passage.to_owned(),
            heading_path: outline.section_of(&text.text, range),
            page: page_at(&text.pages, range.start),
            span: Span {
                start: saturated(start),
                end: saturated(start + passage.chars().count()),
            },
            token_count: saturated(tokens.count(range)),
            carried: 0,
            places: places::places(text, range, start, outline),
        });
    }
    chunks
}

/// Counts characters while it moves forward, so that the whole text is counted once and not for each chunk.
#[derive(Default)]
struct Position {
    bytes: usize,
    characters: usize,
}

impl Position {
    /// The number of characters before byte `to`, which must not lie before that of the last call.
    fn advance(&mut self, text: &str, to: usize) -> usize {
        self.characters += text[self.bytes..to].chars().count();
        self.bytes = to;
        self.characters
    }
}

fn page_at(pages: &[PageStart], offset: usize) -> Option<u32> {
    let after = pages.partition_point(|page| page.byte_offset <= offset);
    // Text before the first mark belongs to the first page.
    pages.get(after.saturating_sub(1)).map(|page| page.number)
}

fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
