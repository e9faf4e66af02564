//! Cuts a text into chunks: at boundaries of the text itself, and sized in tokens of the embedder.

mod outline;
mod places;
mod segments;
mod split;
mod tables;
mod tidy;
mod tokens;

use std::ops::Range;

use riddle_core::{ChunkingSettings, ExtractedText, NewChunk, PageStart, Span, Tokenizer};

use outline::Outline;
use tables::Piece;
use tokens::TokenMap;

/// Cuts `text` into chunks of at most `max_tokens` tokens each, in the order of the text. A chunk and the headings
/// above it fit into `max_tokens` together; headings that would take more than a quarter of it count as a quarter.
/// Every character that is not white space is in at least one chunk, and neighbours share at most `overlap_tokens`.
/// A Markdown table is cut between rows, and chunks from its middle begin with its caption and the names of its
/// columns, which their spans do not count.
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
    let mut outline = Outline::of(&text.text, text.format);
    if let Some(title) = &text.title {
        outline.entitle(title, tokenizer);
    }
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
    let cutter = tables::Cutter {
        text: &text.text,
        outline: &outline,
        tokens: &tokens,
        tokenizer,
        settings,
    };
    let pieces = cutter.keep_tables(ranges);
    Some(describe(text, pieces, &outline, &tokens))
}

fn describe(
    text: &ExtractedText,
    pieces: Vec<Piece>,
    outline: &Outline,
    tokens: &TokenMap<'_>,
) -> Vec<NewChunk> {
    let mut position = Position::default();
    let mut chunks = Vec::with_capacity(pieces.len());
    for (ordinal, piece) in pieces.into_iter().enumerate() {
        let range = piece.range;
        let passage = &text.text[range.clone()];
        let start = position.advance(&text.text, range.start);
        let carried = piece.carried.chars().count();
        chunks.push(NewChunk {
            ordinal: saturated(ordinal),
            text: piece.carried + passage,
            heading_path: outline.section_of(&text.text, &range),
            page: page_at(&text.pages, range.start),
            span: Span {
                start: saturated(start),
                end: saturated(start + passage.chars().count()),
            },
            token_count: saturated(piece.carried_tokens + tokens.count(&range)),
            carried: saturated(carried),
            places: places::places(text, &range, start, outline),
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
