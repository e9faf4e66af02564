//! Where headings and pages change within a chunk.

use std::ops::Range;

use riddle_core::{ChunkPlace, ExtractedText};

use super::outline::Outline;
use super::{Position, page_at, saturated};

/// The places of a chunk at which other headings or another page begin. `first` is the number of its first character in
/// the text.
pub(super) fn places(
    text: &ExtractedText,
    chunk: &Range<usize>,
    first: usize,
    outline: &Outline,
) -> Vec<ChunkPlace> {
    let body = outline.body_of(&text.text, chunk);
    let mut starts: Vec<usize> = outline
        .starting_in(&(body..chunk.end))
        .iter()
        .map(|heading| heading.range.start)
        .collect();
    let inside = |offset: &usize| *offset > chunk.start && *offset < chunk.end;
    let after = text
        .pages
        .partition_point(|page| page.byte_offset <= chunk.start);
    let pages = text.pages[after..].iter().map(|page| page.byte_offset);
    starts.extend(pages.take_while(inside));
    starts.sort_unstable();
    starts.dedup();

    let mut places: Vec<ChunkPlace> = Vec::new();
    let mut position = Position {
        bytes: chunk.start,
        characters: first,
    };
    let mut heading_path = outline.path_at(body);
    let mut page = page_at(&text.pages, chunk.start);
    for start in starts {
        let path = if start < body {
            heading_path.clone()
        } else {
            outline.path_from(start)
        };
        let here = page_at(&text.pages, start);
        if (&path, here) == (&heading_path, page) {
            continue;
        }
        (heading_path, page) = (path, here);
        places.push(ChunkPlace {
            start: saturated(position.advance(&text.text, start)),
            heading_path: heading_path.clone(),
            page,
        });
    }
    places
}
