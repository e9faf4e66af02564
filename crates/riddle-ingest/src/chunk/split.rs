//! Splitting one segment.

use std::ops::Range;

use riddle_core::{ChunkingSettings, TextFormat};
use text_splitter::{ChunkConfig, MarkdownSplitter, TextSplitter};

use super::outline::{Heading, Outline};
use super::tokens::TokenMap;

/// Tokens of the marks after each title of a heading path.
const TOKENS_PER_TITLE: usize = 2;
/// Headings may take up to `1 / HEADING_SHARE` of a chunk.
const HEADING_SHARE: usize = 4;

/// How large the chunks of a segment may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    capacity: usize,
    overlap: usize,
}

impl Budget {
    /// Leaves room for the longest heading path in the segment, because headings are embedded together with the text.
    pub(super) fn new(
        settings: ChunkingSettings,
        outline: &Outline,
        tokens: &TokenMap<'_>,
        segment: &Range<usize>,
    ) -> Self {
        let inside = outline
            .starting_in(segment)
            .iter()
            .map(|heading| path_tokens(outline.above(heading.range.end), tokens));
        let outside = path_tokens(outline.above(segment.start), tokens);
        let headings = inside.fold(outside, usize::max) + title_tokens(outline);
        let capacity = capacity(settings, headings);
        let overlap = (settings.overlap_tokens as usize).min(capacity / 2);
        Self { capacity, overlap }
    }
}

/// Tokens that the headings above `offset` leave for the text.
pub(super) fn capacity_at(
    settings: ChunkingSettings,
    outline: &Outline,
    tokens: &TokenMap<'_>,
    offset: usize,
) -> usize {
    let headings = path_tokens(outline.above(offset), tokens) + title_tokens(outline);
    capacity(settings, headings)
}

fn capacity(settings: ChunkingSettings, headings: usize) -> usize {
    let max = (settings.max_tokens as usize).max(1);
    max - headings.min(max / HEADING_SHARE)
}

fn path_tokens<'a>(path: impl Iterator<Item = &'a Heading>, tokens: &TokenMap<'_>) -> usize {
    path.map(|heading| tokens.count(&heading.range) + TOKENS_PER_TITLE)
        .sum()
}

fn title_tokens(outline: &Outline) -> usize {
    let tokens = outline.title_tokens();
    tokens.map_or(0, |tokens| tokens + TOKENS_PER_TITLE)
}

/// The chunks of a segment, trimmed, none empty, none over the budget, in order.
pub(super) fn split(
    text: &str,
    format: TextFormat,
    segment: Range<usize>,
    tokens: &TokenMap<'_>,
    budget: Budget,
) -> Vec<Range<usize>> {
    let part = &text[segment.clone()];
    if is_seamless(part) {
        return cut_evenly(segment, tokens, budget);
    }
    let config = ChunkConfig::new(budget.capacity).with_sizer(tokens);
    // Only an overlap of the whole capacity or more is refused, and the budget allows half of it.
    let Ok(config) = config.with_overlap(budget.overlap) else {
        return vec![segment];
    };
    let place = |(offset, chunk): (usize, &str)| {
        let leading = chunk.len() - chunk.trim_start().len();
        let start = segment.start + offset + leading;
        start..start + chunk.trim().len()
    };
    let chunks: Vec<Range<usize>> = match format {
        TextFormat::Markdown => MarkdownSplitter::new(config)
            .chunk_indices(part)
            .map(place)
            .collect(),
        TextFormat::Plain | TextFormat::Code => TextSplitter::new(config)
            .chunk_indices(part)
            .map(place)
            .collect(),
    };
    chunks
        .into_iter()
        .filter(|chunk| !chunk.is_empty())
        .collect()
}

/// Whether a text has neither white space nor the end of a sentence, as Chinese without punctuation or coded bytes: the
/// splitter finds no better place in it than any other, and takes a time that grows with the square of its length.
fn is_seamless(part: &str) -> bool {
    const ENDS: [char; 12] = [
        '.', '!', '?', '。', '！', '？', '．', '｡', '…', '।', '؟', '۔',
    ];
    !part
        .chars()
        .any(|character| character.is_whitespace() || ENDS.contains(&character))
}

/// Chunks that are as long as they may be.
fn cut_evenly(segment: Range<usize>, tokens: &TokenMap<'_>, budget: Budget) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = segment.start;
    while start < segment.end {
        let end = tokens.furthest_end(start, budget.capacity).min(segment.end);
        chunks.push(start..end);
        start = match end < segment.end {
            true => tokens.earliest_start(end, budget.overlap, start),
            false => end,
        };
    }
    chunks
}
