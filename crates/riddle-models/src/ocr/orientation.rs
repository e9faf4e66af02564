//! Pages that lie on their side or head.

use riddle_core::Picture;

use super::Ocr;
use super::rectangle::Rectangle;

/// Lines that are tried.
const TRIED: usize = 5;
/// Lines that the network is this certain of are the right way up.
const CERTAIN: f32 = 0.8;
/// How much more certain it must be of them in another turn.
const BETTER: f32 = 0.1;

/// How a page has to be turned, clockwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Ocr {
    /// How a page has to be turned, tried on its longest lines.
    pub(super) fn turn(&mut self, page: &Picture, regions: &[Rectangle]) -> Result<Turn, String> {
        let mut longest: Vec<Rectangle> = regions.to_vec();
        let length = |line: &Rectangle| line.width.max(line.height);
        longest.sort_by(|a, b| length(b).total_cmp(&length(a)));
        longest.truncate(TRIED);
        let tall = longest.iter().filter(|line| line.is_tall()).count();
        let on_its_side = tall * 2 > longest.len() && longest.len() > 1;
        if longest.is_empty() {
            return Ok(Turn::None);
        }
        // A tall line is laid on its side to be read, which is three quarters of a turn.
        let (first, second) = match on_its_side {
            true => (Turn::ThreeQuarters, Turn::Quarter),
            false => (Turn::None, Turn::Half),
        };
        let as_it_is = self.certainty(page, &longest)?;
        if as_it_is >= CERTAIN {
            return Ok(first);
        }
        let over = longest
            .iter()
            .map(|line| upside_down(page, line))
            .collect::<Vec<_>>();
        let turned = Turn::Half.of(page);
        let other_way = self.certainty(&turned, &over)?;
        Ok(match other_way > as_it_is + BETTER {
            true => second,
            false => first,
        })
    }

    fn certainty(&mut self, page: &Picture, lines: &[Rectangle]) -> Result<f32, String> {
        let mut sum = 0.0;
        for line in lines {
            sum += self.recogniser.read(page, line)?.confidence;
        }
        Ok(sum / lines.len().max(1) as f32)
    }
}

/// Where a line of `page` is when that is turned upside down.
fn upside_down(page: &Picture, line: &Rectangle) -> Rectangle {
    let mut turned = *line;
    turned.center.x = page.width() as f32 - line.center.x;
    turned.center.y = page.height() as f32 - line.center.y;
    turned
}

impl Turn {
    /// The page, turned.
    pub(super) fn of(self, page: &Picture) -> Picture {
        let (width, height) = (page.width(), page.height());
        let (new_width, new_height) = match self {
            Self::None => return page.clone(),
            Self::Half => (width, height),
            Self::Quarter | Self::ThreeQuarters => (height, width),
        };
        let mut rgb = Vec::with_capacity(page.rgb().len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (column, row) = match self {
                    Self::None => (x, y),
                    Self::Quarter => (y, height - 1 - x),
                    Self::Half => (width - 1 - x, height - 1 - y),
                    Self::ThreeQuarters => (width - 1 - y, x),
                };
                rgb.extend_from_slice(&page.rgb()[(row * width + column) * 3..][..3]);
            }
        }
        // As many pixels as before.
        Picture::new(new_width, new_height, rgb).unwrap_or_else(|| page.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(turn: Turn) -> (usize, Vec<u8>) {
        let rgb = [1, 2, 3, 4, 5, 6].map(|value| [value; 3]).concat();
        let page = Picture::new(3, 2, rgb).expect("a picture");
        let page = turn.of(&page);
        let reds = page.rgb().iter().step_by(3).copied().collect();
        (page.width(), reds)
    }

    #[test]
    fn turns_are_clockwise() {
        assert_eq!(turned(Turn::None), (3, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(turned(Turn::Quarter), (2, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(turned(Turn::Half), (3, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(turned(Turn::ThreeQuarters), (2, vec![3, 6, 2, 5, 1, 4]));
    }
}
