//! Cuts a long text into segments, at places where a chunk would end anyway. The splitter's time grows with the square
//! of its input, so it gets a segment at a time.

use std::ops::Range;

use super::outline::Outline;
use riddle_core::TextFormat;

/// A segment is at least this long in bytes, unless the text ends.
const MIN_BYTES: usize = 8 * 1024;
/// And at most this long, in bytes.
const MAX_BYTES: usize = 24 * 1024;

/// Ranges that cover the text.
pub(super) fn segments(text: &str, format: TextFormat, outline: &Outline) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let mut from = 0;
    while text.len() - from > MAX_BYTES {
        let window =
            text.ceil_char_boundary(from + MIN_BYTES)..text.floor_char_boundary(from + MAX_BYTES);
        let to = cut(text, format, outline, window);
        segments.push(from..to);
        from = to;
    }
    if from < text.len() {
        segments.push(from..text.len());
    }
    segments
}

/// The best place to cut in the window: before the highest heading, else after the last paragraph, line, sentence or
/// space; else the window's end.
fn cut(text: &str, format: TextFormat, outline: &Outline, window: Range<usize>) -> usize {
    let heading = outline
        .starting_in(&window)
        .iter()
        .min_by_key(|heading| heading.level());
    if let Some(heading) = heading {
        return heading.range.start;
    }
    let part = &text[window.clone()];
    let paragraphs = part
        .rmatch_indices("\n\n")
        .map(|(at, _)| window.start + at + 2);
    let allowed = |at: &usize| format != TextFormat::Markdown || !outline.is_in_fence(*at);
    if let Some(at) = paragraphs.take(64).find(allowed) {
        return at;
    }
    let behind = |mark: &[char]| {
        part.char_indices()
            .rfind(|(_, character)| mark.contains(character))
            .map(|(at, character)| window.start + at + character.len_utf8())
    };
    behind(&['\n'])
        .or_else(|| behind(&['。', '！', '？']))
        .or_else(|| behind(&[' ']))
        .unwrap_or(window.end)
}
