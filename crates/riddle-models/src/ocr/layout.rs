//! The order in which the lines of a page are read, and the paragraphs that they make.

mod columns;
mod paragraphs;

use super::rectangle::{Point, Rectangle};
use columns::in_reading_order;
use paragraphs::join_lines;

/// A line and the upright rectangle around it, in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlacedLine {
    text: String,
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

impl PlacedLine {
    /// `slant` is the direction of the page's rows.
    pub(super) fn new(region: &Rectangle, slant: Point, text: String) -> Self {
        let region = region.seen_along(slant);
        let (reach_x, reach_y) = region.reach();
        Self {
            text,
            left: region.center.x - reach_x,
            right: region.center.x + reach_x,
            top: region.center.y - reach_y,
            bottom: region.center.y + reach_y,
        }
    }

    fn height(&self) -> f32 {
        self.bottom - self.top
    }

    fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Whether the two stand in one row.
    fn beside(&self, other: &Self) -> bool {
        let overlap = self.bottom.min(other.bottom) - self.top.max(other.top);
        overlap > 0.5 * self.height().min(other.height())
    }
}

/// The direction of the rows of a page, of length 1: the middle one of its longer lines.
pub(super) fn slant(regions: &[Rectangle]) -> Point {
    let long = regions.iter().filter(|line| line.width > line.height * 4.0);
    let mut directions: Vec<Point> = long.map(|line| line.along).collect();
    directions.sort_by(|a, b| a.y.total_cmp(&b.y));
    let level = Point { x: 1.0, y: 0.0 };
    directions
        .get(directions.len() / 2)
        .copied()
        .unwrap_or(level)
}

/// The text of a page: columns one after the other, a line for each paragraph, and a blank one between blocks.
pub(super) fn page_text(lines: Vec<PlacedLine>) -> String {
    join_lines(&in_reading_order(lines))
}

#[cfg(test)]
mod tests;
