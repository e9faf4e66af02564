//! Where lines of text are: a network says of each pixel how likely it belongs to the core of a line (differentiable
//! binarization), and the cores are grown to the lines.

use riddle_core::Picture;

use super::network::Network;
use super::rectangle::{Point, Rectangle};
use super::region::regions;
use super::resize::planes;
use super::strips::Pieces;

/// The network wants lengths that are multiples of this.
const GRID: usize = 32;
/// Longest side that the network is shown; a page of paper has letters of 12 pixels then.
pub(super) const LONGEST: f32 = 1_536.0;
/// A shorter side than this is enlarged, as far as the longest allows.
pub(super) const SHORTEST: f32 = 736.0;
/// Letters that are enlarged more are no clearer.
pub(super) const MOST_ENLARGED: f32 = 3.0;

/// Likelihood from which a pixel is taken for one of a line.
const LIKELY: f32 = 0.3;
/// Mean likelihood of a line.
const LIKELY_LINE: f32 = 0.5;
/// A core is smaller than its line by its area over its circumference, times this.
const GROWTH: f32 = 1.6;
/// Smallest side of a core and of a line, in pixels of the network.
const THINNEST_CORE: f32 = 2.0;
const THINNEST_LINE: f32 = 5.0;

/// Finds lines.
pub(super) struct Detector {
    network: Network,
}

/// How likely each pixel is, row by row.
struct Likelihoods {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Detector {
    pub(super) fn new(network: Network) -> Self {
        Self { network }
    }

    /// The lines of a page, in no order.
    pub(super) fn find(&mut self, page: &Picture) -> Result<Vec<Rectangle>, String> {
        let Some(pieces) = Pieces::of(page.width(), page.height()) else {
            return self.find_at_once(page);
        };
        let mut found = Vec::with_capacity(pieces.count());
        for index in 0..pieces.count() {
            let piece = pieces.piece(page, index);
            found.push(self.find_at_once(&piece.ok_or("a piece of the page is empty")?)?);
        }
        Ok(pieces.join(found))
    }

    fn find_at_once(&mut self, page: &Picture) -> Result<Vec<Rectangle>, String> {
        let (width, height) = shown(page.width(), page.height());
        let output = self
            .network
            .run(height, width, planes(page, width, height))?;
        if output.shape != [1, 1, height, width] || output.values.len() != width * height {
            return Err("the network that finds lines gives no map of the page".to_owned());
        }
        let likelihoods = Likelihoods {
            width,
            height,
            values: output.values,
        };
        let (x, y) = (
            page.width() as f32 / width as f32,
            page.height() as f32 / height as f32,
        );
        Ok(likelihoods
            .lines()
            .into_iter()
            .map(|line| line.scaled(x, y))
            .collect())
    }
}

/// The size in which the network is shown a page.
fn shown(width: usize, height: usize) -> (usize, usize) {
    let (w, h) = (width as f32, height as f32);
    let enlarged = (SHORTEST / w.min(h)).clamp(1.0, MOST_ENLARGED);
    let scale = enlarged.min(LONGEST / w.max(h));
    let on_grid = |length: f32| ((length * scale / GRID as f32).round() as usize).max(1) * GRID;
    (on_grid(w), on_grid(h))
}

impl Likelihoods {
    fn lines(&self) -> Vec<Rectangle> {
        let mut bits = self.bits();
        regions(&mut bits, self.width)
            .iter()
            .filter_map(|ends| self.line(ends))
            .collect()
    }

    /// Pixels that are likely, and those to their right and below, which closes gaps of one pixel.
    fn bits(&self) -> Vec<bool> {
        let likely = |x: usize, y: usize| self.values[y * self.width + x] > LIKELY;
        let mut bits = vec![false; self.values.len()];
        for y in 0..self.height {
            for x in 0..self.width {
                let (left, above) = (x.saturating_sub(1), y.saturating_sub(1));
                bits[y * self.width + x] =
                    likely(x, y) || likely(left, y) || likely(x, above) || likely(left, above);
            }
        }
        bits
    }

    fn line(&self, ends: &[Point]) -> Option<Rectangle> {
        let core = Rectangle::around(ends)?;
        if core.width.min(core.height) < THINNEST_CORE || self.mean(&core) < LIKELY_LINE {
            return None;
        }
        let growth = core.width * core.height * GROWTH / (2.0 * (core.width + core.height));
        let line = core.grown(growth);
        (line.width.min(line.height) >= THINNEST_LINE).then_some(line)
    }

    /// Mean likelihood within a rectangle.
    fn mean(&self, core: &Rectangle) -> f32 {
        let (reach_x, reach_y) = core.reach();
        let range = |center: f32, reach: f32, length: usize| {
            let first = (center - reach).floor().max(0.0) as usize;
            let last = ((center + reach).ceil().max(0.0) as usize).min(length - 1);
            first..=last
        };
        let (mut sum, mut count) = (0.0_f64, 0_u32);
        for y in range(core.center.y, reach_y, self.height) {
            for x in range(core.center.x, reach_x, self.width) {
                let point = Point {
                    x: x as f32,
                    y: y as f32,
                };
                if core.contains(point) {
                    sum += f64::from(self.values[y * self.width + x]);
                    count += 1;
                }
            }
        }
        (sum / f64::from(count.max(1))) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likelihoods(
        width: usize,
        height: usize,
        value: impl Fn(usize, usize) -> f32,
    ) -> Likelihoods {
        let values = (0..width * height).map(|at| value(at % width, at / width));
        Likelihoods {
            width,
            height,
            values: values.collect(),
        }
    }

    #[test]
    fn a_bar_becomes_a_line_that_is_larger_all_round() {
        let bar = |x, y| f32::from(u8::from((20..80).contains(&x) && (30..36).contains(&y)));
        let lines = likelihoods(128, 64, bar).lines();
        let [line] = lines[..] else {
            panic!("{lines:?}")
        };
        assert!((line.center.x - 50.0).abs() < 1.0 && (line.center.y - 33.0).abs() < 1.0);
        assert!((65.0..75.0).contains(&line.width), "{line:?}");
        assert!((11.0..18.0).contains(&line.height), "{line:?}");
    }

    #[test]
    fn what_is_unlikely_or_tiny_is_no_line() {
        assert!(likelihoods(64, 64, |_, _| 0.2).lines().is_empty());
        let speck = |x, y| f32::from(u8::from(x == 5 && y == 5));
        assert!(likelihoods(64, 64, speck).lines().is_empty());
        let faint = |x, y| 0.35 * f32::from(u8::from((9..50).contains(&x) && (9..20).contains(&y)));
        assert!(likelihoods(64, 64, faint).lines().is_empty());
    }

    #[test]
    fn pages_are_shown_on_the_grid_and_within_bounds() {
        assert_eq!(shown(2_480, 3_508), (1_088, 1_536));
        assert_eq!(shown(300, 200), (896, 608));
        for (width, height) in [(1, 1), (1, 9_000), (65_535, 3), (40, 30)] {
            let (w, h) = shown(width, height);
            assert!(w % GRID == 0 && h % GRID == 0 && w * h > 0);
            assert!(w.max(h) <= 1_536, "{width} {height}: {w} {h}");
        }
    }
}
