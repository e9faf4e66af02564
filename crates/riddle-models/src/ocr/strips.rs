//! Pages that are strips, as a page of the web in one picture. Lines are looked for in one piece of them after the
//! other, as letters would get too small otherwise. Pieces overlap, so that every line is whole in one of them.

use riddle_core::Picture;

use super::detect::{LONGEST, MOST_ENLARGED, SHORTEST};
use super::rectangle::{Point, Rectangle};

/// A page whose one side is so many times as long as the other is a strip.
const STRIP: f32 = 2.0;
/// How long a piece is for its width, as a page of paper.
const PIECE: f32 = 1.5;
/// Part of a piece that the next one has too.
const OVERLAP: f32 = 1.0 / 6.0;
/// Part of a piece within which a line counts as one that the edge cuts.
const EDGE: f32 = 1.0 / 200.0;
/// Part of the overlap that a line with a cut may take up, so that the other piece has the whole of it.
const SHORT: f32 = 0.75;
/// Part of the smaller of two lines that both have in common if they are the same.
const SAME: f32 = 0.5;
/// How much longer than thick a line may be that is put together.
const MOST_LENGTH: f32 = 60.0;

/// The pieces of a page, one below or beside the other.
pub(super) struct Pieces {
    is_wide: bool,
    /// Where they begin.
    starts: Vec<f32>,
    length: f32,
    overlap: f32,
}

/// From where to where something reaches.
#[derive(Clone, Copy)]
struct Range {
    from: f32,
    to: f32,
}

/// An upright rectangle, as it lies in a strip.
#[derive(Clone, Copy)]
struct Bounds {
    /// In the direction of the strip.
    along: Range,
    across: Range,
}

impl Pieces {
    /// The pieces of a page of this size; `None` if it is shown as a whole.
    pub(super) fn of(width: usize, height: usize) -> Option<Self> {
        let (w, h) = (width as f32, height as f32);
        let (long, short) = (w.max(h), w.min(h));
        let enlarged = (SHORTEST / short).clamp(1.0, MOST_ENLARGED);
        let length = (short * PIECE).max(LONGEST / enlarged).round();
        let overlap = (length * OVERLAP).round();
        if long <= LONGEST || long <= short * STRIP || long <= length + overlap {
            return None;
        }
        let count = ((long - overlap) / (length - overlap)).ceil();
        let step = (long - length) / (count - 1.0);
        let starts = (0..count as usize).map(|piece| (piece as f32 * step).floor());
        Some(Self {
            is_wide: w > h,
            starts: starts.collect(),
            length,
            overlap: length - step,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// A piece of a page.
    pub(super) fn piece(&self, page: &Picture, index: usize) -> Option<Picture> {
        let start = *self.starts.get(index)? as usize;
        let length = self.length as usize;
        let (columns, rows) = match self.is_wide {
            true => (start..(start + length).min(page.width()), 0..page.height()),
            false => (0..page.width(), start..(start + length).min(page.height())),
        };
        let mut rgb = Vec::with_capacity(columns.len() * rows.len() * 3);
        let (width, height) = (columns.len(), rows.len());
        for row in rows {
            let from = (row * page.width() + columns.start) * 3;
            rgb.extend_from_slice(page.rgb().get(from..from + width * 3)?);
        }
        Picture::new(width, height, rgb)
    }

    /// The lines of the page, each once, of those that were found in its pieces.
    pub(super) fn join(&self, found: Vec<Vec<Rectangle>>) -> Vec<Rectangle> {
        let mut lines = Vec::new();
        let mut before: Vec<Rectangle> = Vec::new();
        for (index, piece) in found.into_iter().enumerate() {
            let mut current = Vec::new();
            for line in piece {
                let line = self.in_page(line, index);
                if self.is_fragment(&line, index) {
                    continue;
                }
                let is_same = |known: &Rectangle| self.is_same(known, &line);
                if before
                    .iter()
                    .any(|known| is_same(known) && area(known) >= area(&line))
                {
                    continue;
                }
                before.retain(|known| !is_same(known));
                current.push(self.without_seam(line, &mut before, index));
            }
            lines.append(&mut before);
            before = current;
        }
        lines.append(&mut before);
        lines
    }

    fn in_page(&self, mut line: Rectangle, index: usize) -> Rectangle {
        let start = self.starts.get(index).copied().unwrap_or_default();
        match self.is_wide {
            true => line.center.x += start,
            false => line.center.y += start,
        }
        line
    }

    /// Whether the edge of a piece cuts a line that the neighbour has as a whole.
    fn is_fragment(&self, line: &Rectangle, index: usize) -> bool {
        let along = self.bounds(line).along;
        let is_cut = self.meets_start(along, index) || self.meets_end(along, index);
        is_cut && !self.is_long(along)
    }

    fn is_long(&self, along: Range) -> bool {
        along.to - along.from > self.overlap * SHORT
    }

    fn meets_start(&self, along: Range, index: usize) -> bool {
        let start = self.starts.get(index).copied().unwrap_or_default();
        index > 0 && along.from <= start + self.length * EDGE
    }

    fn meets_end(&self, along: Range, index: usize) -> bool {
        let start = self.starts.get(index).copied().unwrap_or_default();
        index + 1 < self.count() && along.to >= start + self.length * (1.0 - EDGE)
    }

    fn is_same(&self, one: &Rectangle, other: &Rectangle) -> bool {
        let (a, b) = (self.bounds(one), self.bounds(other));
        if self.is_long(a.along) && self.is_long(b.along) {
            return false;
        }
        let common = a.along.common(b.along) * a.across.common(b.across);
        let smaller = a.area().min(b.area());
        common > smaller * SAME
    }

    /// A line that runs in the direction of the strip goes on in the next piece: it is put together, or cut where it
    /// would get too long to be read at once.
    fn without_seam(
        &self,
        line: Rectangle,
        before: &mut Vec<Rectangle>,
        index: usize,
    ) -> Rectangle {
        let bounds = self.bounds(&line);
        if index == 0 || !self.meets_start(bounds.along, index) {
            return line;
        }
        let begins = |known: &Rectangle| {
            let known = self.bounds(known);
            self.meets_end(known.along, index - 1)
                && known.across.common(bounds.across) > bounds.across.length() * SAME
        };
        let Some(at) = before.iter().position(begins) else {
            return line;
        };
        let begun = self.bounds(&before[at]);
        let whole = begun.with(bounds);
        if whole.along.length() <= whole.across.length() * MOST_LENGTH {
            before.swap_remove(at);
            return self.rectangle(whole).unwrap_or(line);
        }
        let seam = bounds.along.from.midpoint(begun.along.to);
        let (mut first, mut second) = (begun, bounds);
        (first.along.to, second.along.from) = (seam, seam);
        if let Some(first) = self.rectangle(first) {
            before[at] = first;
        }
        self.rectangle(second).unwrap_or(line)
    }

    fn bounds(&self, line: &Rectangle) -> Bounds {
        let (reach_x, reach_y) = line.reach();
        let range = |center: f32, reach: f32| Range {
            from: center - reach,
            to: center + reach,
        };
        let (x, y) = (range(line.center.x, reach_x), range(line.center.y, reach_y));
        match self.is_wide {
            true => Bounds {
                along: x,
                across: y,
            },
            false => Bounds {
                along: y,
                across: x,
            },
        }
    }

    fn rectangle(&self, bounds: Bounds) -> Option<Rectangle> {
        let (x, y) = match self.is_wide {
            true => (bounds.along, bounds.across),
            false => (bounds.across, bounds.along),
        };
        let corners = [
            (x.from, y.from),
            (x.to, y.from),
            (x.to, y.to),
            (x.from, y.to),
        ];
        Rectangle::around(&corners.map(|(x, y)| Point { x, y }))
    }
}

impl Range {
    fn length(self) -> f32 {
        self.to - self.from
    }

    fn common(self, other: Self) -> f32 {
        (self.to.min(other.to) - self.from.max(other.from)).max(0.0)
    }

    fn with(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }
}

impl Bounds {
    fn area(self) -> f32 {
        self.along.length() * self.across.length()
    }

    fn with(self, other: Self) -> Self {
        Self {
            along: self.along.with(other.along),
            across: self.across.with(other.across),
        }
    }
}

fn area(line: &Rectangle) -> f32 {
    line.width * line.height
}

#[cfg(test)]
mod tests;
