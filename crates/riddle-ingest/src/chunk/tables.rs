//! Tables that a chunk cannot hold: their rows stay whole, and every chunk with rows begins with the names of the
//! columns.

mod carried;

use std::collections::VecDeque;
use std::ops::Range;

use riddle_core::{ChunkingSettings, Tokenizer};

use super::outline::{Outline, Table};
use super::split::capacity_at;
use super::tokens::TokenMap;
use carried::Carried;

/// A chunk of less than `max_tokens / CRUMB_SHARE` tokens joins its neighbour.
const CRUMB_SHARE: usize = 8;
/// Text in front of a table that takes at most `1 / LEAD_SHARE` of a chunk stays with its first rows.
const LEAD_SHARE: usize = 4;

/// A chunk before it is described.
#[derive(Debug)]
pub(super) struct Piece {
    /// Its place in the text.
    pub(super) range: Range<usize>,
    /// What stands in front of it in the chunk, from above in the text; empty for most.
    pub(super) carried: String,
    pub(super) carried_tokens: usize,
}

impl Piece {
    fn plain(range: Range<usize>) -> Self {
        Self {
            range,
            carried: String::new(),
            carried_tokens: 0,
        }
    }
}

/// What cutting needs to know of the text.
#[derive(Clone, Copy)]
pub(super) struct Cutter<'a> {
    pub(super) text: &'a str,
    pub(super) outline: &'a Outline,
    pub(super) tokens: &'a TokenMap<'a>,
    pub(super) tokenizer: &'a dyn Tokenizer,
    pub(super) settings: ChunkingSettings,
}

impl Cutter<'_> {
    /// Cuts anew each table that a chunk ends or begins in, and leaves all other chunks as they are.
    pub(super) fn keep_tables(&self, chunks: Vec<Range<usize>>) -> Vec<Piece> {
        let mut waiting = VecDeque::from(chunks);
        let mut pieces = Vec::with_capacity(waiting.len());
        for table in self.outline.tables() {
            let begin = table
                .caption
                .as_ref()
                .map_or(table.range.start, |caption| caption.start);
            while let Some(chunk) = waiting.pop_front_if(|chunk| chunk.end <= begin) {
                pieces.push(Piece::plain(chunk));
            }
            let mut touching = Vec::new();
            while let Some(chunk) = waiting.pop_front_if(|chunk| chunk.start < table.range.end) {
                touching.push(chunk);
            }
            let whole = touching
                .iter()
                .position(|chunk| chunk.start <= table.range.start && table.range.end <= chunk.end);
            match whole {
                Some(holder) => {
                    let rest = self.around(&touching, holder, table, &mut pieces);
                    rest.into_iter()
                        .rev()
                        .for_each(|chunk| waiting.push_front(chunk));
                }
                None if touching.is_empty() => {}
                // Names that fill a chunk leave nothing to repeat.
                None if self.head_size(table.range.start, table)
                    > self.capacity(table.range.start) =>
                {
                    touching
                        .into_iter()
                        .rev()
                        .for_each(|chunk| waiting.push_front(chunk));
                }
                None => {
                    if let Some(rest) = self.cut(&touching, table, &mut pieces)
                        && waiting.front().is_none_or(|next| rest.start < next.start)
                    {
                        waiting.push_front(rest);
                    }
                }
            }
        }
        pieces.extend(waiting.into_iter().map(Piece::plain));
        pieces
    }

    /// Where one chunk has all of a table, the overlap of its neighbours does not reach into it.
    fn around(
        &self,
        touching: &[Range<usize>],
        holder: usize,
        table: &Table,
        pieces: &mut Vec<Piece>,
    ) -> Vec<Range<usize>> {
        for before in &touching[..holder] {
            let kept = self.trimmed(before.start..before.end.min(table.range.start));
            if !kept.is_empty() {
                pieces.push(Piece::plain(kept));
            }
        }
        let mut rest = vec![touching[holder].clone()];
        for after in &touching[holder + 1..] {
            let kept = self.trimmed(table.range.end.min(after.end)..after.end);
            if kept.end > touching[holder].end && !kept.is_empty() {
                rest.push(kept);
            }
        }
        rest
    }

    /// Cuts a table and what its chunks have in front of it; returns what they have behind it.
    fn cut(
        &self,
        touching: &[Range<usize>],
        table: &Table,
        pieces: &mut Vec<Piece>,
    ) -> Option<Range<usize>> {
        let (first, last) = (touching.first()?, touching.last()?);
        let from = first.start.min(table.range.start);
        let lead = self.lead(from, table);
        for chunk in touching.iter().take_while(|chunk| chunk.start < lead) {
            let front = self.trimmed(chunk.start..chunk.end.min(lead));
            let is_new = pieces
                .last()
                .is_none_or(|piece| piece.range.end < front.end);
            if !front.is_empty() && is_new {
                pieces.push(Piece::plain(front));
            }
        }
        let begun = pieces.len();
        Rows::new(*self, lead, table).pack(pieces);
        let rest = self.trimmed(table.range.end..last.end.max(table.range.end));
        if rest.is_empty() {
            return None;
        }
        let crumb = self.settings.max_tokens as usize / CRUMB_SHARE;
        let opens = !self.outline.starting_in(&rest).is_empty();
        if !opens
            && self.tokens.size(&rest) <= crumb
            && let Some(piece) = pieces[begun..].last_mut()
        {
            let joined = piece.range.start..rest.end;
            let room = self
                .capacity(joined.start)
                .saturating_sub(piece.carried_tokens);
            if self.tokens.size(&joined) <= room {
                piece.range = joined;
                return None;
            }
        }
        Some(rest)
    }

    /// Where the first chunk of a table begins: with its caption, and with what else is in front of it if that is
    /// short.
    fn lead(&self, from: usize, table: &Table) -> usize {
        let lead = self.short_lead(from, table);
        match self.head_size(lead, table) <= self.capacity(lead) {
            true => lead,
            false => table.range.start,
        }
    }

    /// Tokens from `start` to the first row.
    fn head_size(&self, start: usize, table: &Table) -> usize {
        self.tokens.size(&(start..table.body.start))
    }

    fn short_lead(&self, from: usize, table: &Table) -> usize {
        let short = self.capacity(from) / LEAD_SHARE;
        if self.tokens.size(&(from..table.range.start)) <= short {
            return from;
        }
        let caption = table.caption.as_ref().map(|caption| caption.start);
        let start = caption
            .filter(|start| {
                *start > from && self.tokens.size(&(*start..table.range.start)) <= short
            })
            .unwrap_or(table.range.start);
        let heading = self.outline.last_starting_in(&(from..start));
        heading
            .filter(|heading| self.text[heading.end..start].trim().is_empty())
            .map_or(start, |heading| heading.start)
    }

    fn capacity(&self, offset: usize) -> usize {
        capacity_at(self.settings, self.outline, self.tokens, offset)
    }

    fn trimmed(&self, part: Range<usize>) -> Range<usize> {
        let inner = &self.text[part.clone()];
        let start = part.start + inner.len() - inner.trim_start().len();
        start..start + inner.trim().len()
    }
}

/// Puts the rows of one table into chunks.
struct Rows<'a> {
    cutter: Cutter<'a>,
    table: &'a Table,
    /// Where the first chunk begins.
    lead: usize,
    carried: Carried,
    /// Most tokens of the rows of a chunk that carries the names of the columns.
    room: usize,
}

impl<'a> Rows<'a> {
    fn new(cutter: Cutter<'a>, lead: usize, table: &'a Table) -> Self {
        let capacity = cutter.capacity(table.range.start);
        let carried = Carried::of(cutter.text, table, cutter.tokenizer, capacity);
        let room = capacity - carried.tokens;
        Self {
            cutter,
            table,
            lead,
            carried,
            room,
        }
    }

    fn pack(self, pieces: &mut Vec<Piece>) {
        let begun = pieces.len();
        let mut open = Piece::plain(self.lead..self.table.body.start);
        let mut room = self.cutter.capacity(self.lead);
        let mut rows = 0;
        for row in self.rows() {
            let longer = open.range.start..row.end;
            if self.cutter.tokens.size(&longer) <= room {
                open.range = longer;
                rows += 1;
                continue;
            }
            let alone = self.cutter.tokens.size(&row) <= self.room;
            if rows > 0 || alone || !self.cut_first_row(&mut open, &row, room, pieces) {
                self.close(open, pieces);
                room = self.room;
                open = self.carrying(row.clone());
                rows = 1;
                if !alone {
                    open = self.cut_row(row, pieces);
                }
            } else {
                room = self.room;
                rows = 1;
            }
        }
        self.close(open, pieces);
        self.even_out(&mut pieces[begun..]);
    }

    /// A row that is longer than a chunk begins in the chunk of the header. Whether there was room for it.
    fn cut_first_row(
        &self,
        open: &mut Piece,
        row: &Range<usize>,
        room: usize,
        pieces: &mut Vec<Piece>,
    ) -> bool {
        let used = self.cutter.tokens.size(&open.range);
        if used * 2 > room {
            return false;
        }
        let end = self.place_to_cut(row.start, room - used).min(row.end);
        open.range.end = end;
        let first = std::mem::replace(open, self.carrying(end..row.end));
        self.close(first, pieces);
        *open = self.cut_row(end..row.end, pieces);
        true
    }

    /// Cuts a row that is longer than a chunk; what is left of it is still open.
    fn cut_row(&self, mut row: Range<usize>, pieces: &mut Vec<Piece>) -> Piece {
        while self.cutter.tokens.size(&row) > self.room {
            let end = self.place_to_cut(row.start, self.room).min(row.end);
            self.close(self.carrying(row.start..end), pieces);
            row.start = end;
        }
        self.carrying(row)
    }

    /// Behind a cell if there is one in the second half, else behind a word.
    fn place_to_cut(&self, start: usize, room: usize) -> usize {
        let text = self.cutter.text;
        let limit = self.cutter.tokens.furthest_end(start, room.max(1));
        let middle = text
            .ceil_char_boundary(start + (limit - start) / 2)
            .min(limit);
        let half = &text[middle..limit];
        let at = half
            .rfind('|')
            .or_else(|| {
                half.rfind(['。', '；', '，'])
                    .map(|at| at + '。'.len_utf8() - 1)
            })
            .or_else(|| half.rfind(' '));
        at.map_or(limit, |at| middle + at + 1)
    }

    /// Moves rows into a last chunk that has next to none.
    fn even_out(&self, pieces: &mut [Piece]) {
        let [.., before, last] = pieces else {
            return;
        };
        let crumb = self.cutter.settings.max_tokens as usize / CRUMB_SHARE;
        if last.carried.is_empty() || self.cutter.tokens.size(&last.range) > crumb {
            return;
        }
        let body = before.range.start.max(self.table.body.start);
        if before.range.end <= body {
            return;
        }
        let middle = body + (last.range.end - body) / 2;
        let row = self
            .rows_in(body..before.range.end)
            .find(|row| row.start >= middle);
        if let Some(row) = row
            && self.cutter.tokens.size(&(row.start..last.range.end)) <= self.room
        {
            before.range = self.cutter.trimmed(before.range.start..row.start);
            last.range.start = row.start;
        }
    }

    fn carrying(&self, range: Range<usize>) -> Piece {
        Piece {
            range,
            carried: self.carried.text.clone(),
            carried_tokens: self.carried.tokens,
        }
    }

    fn close(&self, piece: Piece, pieces: &mut Vec<Piece>) {
        let range = self.cutter.trimmed(piece.range);
        if !range.is_empty() {
            pieces.push(Piece { range, ..piece });
        }
    }

    fn rows(&self) -> impl Iterator<Item = Range<usize>> {
        self.rows_in(self.table.body.clone())
    }

    /// The lines of a part of the body, without their line feeds.
    fn rows_in(&self, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut from = part.start;
        self.cutter.text[part]
            .split_inclusive('\n')
            .map(move |line| {
                let start = from;
                from += line.len();
                start..start + line.trim_end().len()
            })
    }
}
