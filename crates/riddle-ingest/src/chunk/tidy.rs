//! Repairs what the splitter leaves behind: headings without text, crumbs at the end, overlap across a heading.

use std::ops::Range;

use riddle_core::ChunkingSettings;

use super::outline::Outline;
use super::split::capacity_at;
use super::tokens::TokenMap;

/// A chunk of less than `max_tokens / CRUMB_SHARE` tokens is a crumb.
const CRUMB_SHARE: usize = 8;

/// Repairs the chunks of a whole text.
pub(super) fn tidy(
    text: &str,
    chunks: Vec<Range<usize>>,
    outline: &Outline,
    tokens: &TokenMap<'_>,
    settings: ChunkingSettings,
) -> Vec<Range<usize>> {
    let tidier = Tidier {
        text,
        outline,
        tokens,
        settings,
    };
    let mut tidied: Vec<Range<usize>> = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let chunk = tidier.start_at_heading(chunk, tidied.last());
        // Where the overlap reaches back over the whole of a short chunk, that chunk has no text of its own.
        while tidied.last().is_some_and(|last| chunk.start <= last.start) {
            tidied.pop();
        }
        match tidied.pop() {
            None => tidied.push(chunk),
            Some(last) if chunk.end <= last.end => tidied.push(last),
            Some(last) => tidied.extend(tidier.join(last, chunk)),
        }
    }
    tidied
        .into_iter()
        .filter(|chunk| !chunk.is_empty())
        .collect()
}

struct Tidier<'a> {
    text: &'a str,
    outline: &'a Outline,
    tokens: &'a TokenMap<'a>,
    settings: ChunkingSettings,
}

impl Tidier<'_> {
    /// A chunk that opens a section starts with its heading. Overlap in front of it, from the section before, would
    /// give the chunk the heading path of that section.
    fn start_at_heading(&self, chunk: Range<usize>, last: Option<&Range<usize>>) -> Range<usize> {
        let Some(last) = last.filter(|last| last.end > chunk.start) else {
            return chunk;
        };
        let fresh = self.skip_space(last.end, chunk.end);
        let shared = chunk.start..fresh.saturating_add(1).min(chunk.end);
        match self.outline.starting_in(&shared).last() {
            Some(heading) => heading.range.start..chunk.end,
            None => chunk,
        }
    }

    /// The last chunk so far and the next one, joined if the last is only headings or the next is a crumb.
    fn join(&self, last: Range<usize>, next: Range<usize>) -> Vec<Range<usize>> {
        let joined = last.start..next.end;
        if self.is_headings_alone(&last) {
            return self.cut_joined(joined);
        }
        let crumb = (self.settings.max_tokens as usize) / CRUMB_SHARE;
        let opens_section = !self
            .outline
            .starting_in(&(next.start..next.start + 1))
            .is_empty();
        let is_crumb = self.tokens.size(&next) <= crumb && !opens_section;
        if is_crumb && self.fits(&joined) {
            return vec![joined];
        }
        vec![last, next]
    }

    /// One chunk if it fits, else two: the first as long as possible and ended at a boundary.
    fn cut_joined(&self, joined: Range<usize>) -> Vec<Range<usize>> {
        if self.fits(&joined) {
            return vec![joined];
        }
        let capacity = self.capacity_at(joined.start);
        let limit = self
            .tokens
            .furthest_end(joined.start, capacity)
            .min(joined.end);
        let headings = self
            .outline
            .starting_in(&joined)
            .iter()
            .map(|heading| heading.range.end)
            .take_while(|end| *end < limit)
            .last();
        let floor = headings.unwrap_or(joined.start);
        let cut = self.boundary_before(floor, limit);
        let first = self.trimmed(joined.start..cut);
        let second = self.trimmed(cut..joined.end);
        vec![first, second]
    }

    /// The last end of a line or sentence, else of a word, in the second half between `floor` and `limit`; else
    /// `limit`.
    fn boundary_before(&self, floor: usize, limit: usize) -> usize {
        let middle = self.text.ceil_char_boundary(floor + (limit - floor) / 2);
        let part = &self.text[middle.min(limit)..limit];
        let behind = |marks: &[char]| {
            part.char_indices()
                .rfind(|(_, character)| marks.contains(character))
                .map(|(at, character)| middle + at + character.len_utf8())
        };
        behind(&['\n', '。', '！', '？'])
            .or_else(|| {
                part.rmatch_indices(['.', '!', '?'])
                    .map(|(at, _)| at + 1)
                    .find(|at| part[*at..].starts_with(char::is_whitespace))
                    .map(|at| middle + at)
            })
            .or_else(|| behind(&[' ']))
            .unwrap_or(limit)
    }

    fn is_headings_alone(&self, chunk: &Range<usize>) -> bool {
        let mut at = chunk.start;
        for heading in self.outline.starting_in(chunk) {
            if !self.text[at..heading.range.start.max(at)].trim().is_empty() {
                return false;
            }
            at = heading.range.end.max(at);
        }
        at > chunk.start && (at >= chunk.end || self.text[at..chunk.end].trim().is_empty())
    }

    fn fits(&self, chunk: &Range<usize>) -> bool {
        self.tokens.size(chunk) <= self.capacity_at(chunk.start)
    }

    fn capacity_at(&self, offset: usize) -> usize {
        capacity_at(self.settings, self.outline, self.tokens, offset)
    }

    fn trimmed(&self, chunk: Range<usize>) -> Range<usize> {
        let part = &self.text[chunk.clone()];
        let start = chunk.start + part.len() - part.trim_start().len();
        start..start + part.trim().len()
    }

    fn skip_space(&self, from: usize, to: usize) -> usize {
        let part = &self.text[from..to.max(from)];
        from + part.len() - part.trim_start().len()
    }
}
