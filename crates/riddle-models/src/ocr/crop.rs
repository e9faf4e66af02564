//! A line taken out of its page.

use riddle_core::Picture;

use super::rectangle::{Point, Rectangle};
use super::resize::normalized;

/// The rectangle as planes of blue, green and red in this size, the line from left to right; `room` more columns stay
/// blank. A line that runs downwards is laid on its side.
pub(super) fn planes(
    page: &Picture,
    region: &Rectangle,
    (width, height): (usize, usize),
    room: usize,
) -> Vec<f32> {
    let line = Line::of(region, width, height);
    let row = width + room;
    let mut planes = vec![0.0; 3 * row * height];
    for y in 0..height {
        for x in 0..width {
            let pixel = line.pixel(page, x, y);
            for (channel, value) in pixel.into_iter().rev().enumerate() {
                planes[(channel * height + y) * row + x] = normalized(value);
            }
        }
    }
    planes
}

/// How a line lies in its page.
struct Line {
    /// The upper left corner.
    start: Point,
    /// From one pixel to the next, and from one row to the next.
    step: Point,
    fall: Point,
    /// Samples that a pixel is the mean of, in each direction.
    samples: (usize, usize),
}

impl Line {
    fn of(region: &Rectangle, width: usize, height: usize) -> Self {
        let (along, across) = (region.along, region.across());
        let times = |vector: Point, factor: f32| Point {
            x: vector.x * factor,
            y: vector.y * factor,
        };
        let (right, down, length, thickness) = match region.is_tall() {
            false => (along, across, region.width, region.height),
            // A quarter turn against the clock: what is above comes to the left.
            true => (across, times(along, -1.0), region.height, region.width),
        };
        let step = length / width as f32;
        let fall = thickness / height as f32;
        let center = region.center;
        Self {
            start: Point {
                x: center.x - right.x * length / 2.0 - down.x * thickness / 2.0,
                y: center.y - right.y * length / 2.0 - down.y * thickness / 2.0,
            },
            step: times(right, step),
            fall: times(down, fall),
            samples: (samples(step), samples(fall)),
        }
    }

    fn pixel(&self, page: &Picture, x: usize, y: usize) -> [f32; 3] {
        let (columns, rows) = self.samples;
        let mut sum = [0.0; 3];
        for row in 0..rows {
            for column in 0..columns {
                let u = x as f32 + (column as f32 + 0.5) / columns as f32;
                let v = y as f32 + (row as f32 + 0.5) / rows as f32;
                let at = Point {
                    x: self.start.x + self.step.x * u + self.fall.x * v,
                    y: self.start.y + self.step.y * u + self.fall.y * v,
                };
                let value = between(page, at);
                sum.iter_mut()
                    .zip(value)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        sum.map(|value| value / (columns * rows) as f32)
    }
}

/// Where a pixel covers several of the page, it is their mean.
fn samples(step: f32) -> usize {
    (step.round() as usize).clamp(1, 8)
}

/// The colour at a place that lies between pixels; that of the border beyond it.
fn between(page: &Picture, at: Point) -> [f32; 3] {
    let place = |value: f32, length: usize| {
        let value = (value - 0.5).clamp(0.0, (length - 1) as f32);
        let first = value as usize;
        (first, (first + 1).min(length - 1), value - first as f32)
    };
    let (left, right, x) = place(at.x, page.width());
    let (top, bottom, y) = place(at.y, page.height());
    let pixel = |column: usize, row: usize| &page.rgb()[(row * page.width() + column) * 3..][..3];
    let corners = [
        (pixel(left, top), (1.0 - x) * (1.0 - y)),
        (pixel(right, top), x * (1.0 - y)),
        (pixel(left, bottom), (1.0 - x) * y),
        (pixel(right, bottom), x * y),
    ];
    let mut colour = [0.0; 3];
    for (pixel, weight) in corners {
        for (sum, value) in colour.iter_mut().zip(pixel) {
            *sum += f32::from(*value) * weight;
        }
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three columns of two pixels: each has a colour of its own.
    fn page() -> Picture {
        let colours = [10, 20, 30, 40, 50, 60].map(|value| [value; 3]);
        Picture::new(3, 2, colours.concat()).expect("a picture")
    }

    fn reds(planes: &[f32]) -> Vec<u8> {
        let third = planes.len() / 3;
        let value = |value: &f32| ((value + 1.0) * 127.5).round() as u8;
        planes[2 * third..].iter().map(value).collect()
    }

    fn upright(center: (f32, f32), width: f32, height: f32) -> Rectangle {
        Rectangle {
            center: Point {
                x: center.0,
                y: center.1,
            },
            along: Point { x: 1.0, y: 0.0 },
            width,
            height,
        }
    }

    #[test]
    fn a_rectangle_of_whole_pixels_is_those_pixels() {
        let all = planes(&page(), &upright((1.5, 1.0), 3.0, 2.0), (3, 2), 1);
        assert_eq!(reds(&all), [10, 20, 30, 128, 40, 50, 60, 128]);
    }

    #[test]
    fn a_tall_one_is_laid_on_its_side() {
        let column = planes(&page(), &upright((1.5, 1.0), 1.0, 2.0), (2, 1), 0);
        assert_eq!(reds(&column), [20, 50]);
    }

    #[test]
    fn beyond_the_border_its_colour_goes_on() {
        let beyond = planes(&page(), &upright((-8.0, -8.0), 4.0, 4.0), (2, 2), 0);
        assert_eq!(reds(&beyond), [10; 4]);
    }
}
