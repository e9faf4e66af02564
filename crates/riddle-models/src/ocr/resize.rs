//! Pictures in another size.

use riddle_core::Picture;

/// What each pixel of a row or column is made of: the first pixel, and the weights of it and those behind it.
struct Share {
    first: usize,
    weights: Vec<f32>,
}

/// Planes of blue, green and red one after the other, as the networks want them, from -1 to 1.
pub(super) fn planes(picture: &Picture, width: usize, height: usize) -> Vec<f32> {
    let columns = shares(picture.width(), width);
    let rows = shares(picture.height(), height);
    let wide = narrowed(picture, &columns);
    let stride = width * 3;
    let mut planes = vec![0.0; 3 * width * height];
    let mut row = vec![0.0_f32; stride];
    for (y, share) in rows.iter().enumerate() {
        row.fill(0.0);
        for (offset, weight) in share.weights.iter().enumerate() {
            let from = &wide[(share.first + offset) * stride..][..stride];
            for (sum, value) in row.iter_mut().zip(from) {
                *sum += weight * value;
            }
        }
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            for (channel, value) in pixel.iter().rev().enumerate() {
                planes[(channel * height + y) * width + x] = normalized(*value);
            }
        }
    }
    planes
}

/// From 0 to 255 to -1 to 1.
pub(super) fn normalized(value: f32) -> f32 {
    value / 127.5 - 1.0
}

/// The picture with other columns, as numbers.
fn narrowed(picture: &Picture, columns: &[Share]) -> Vec<f32> {
    let mut wide = Vec::with_capacity(picture.height() * columns.len() * 3);
    for row in picture.rgb().chunks_exact(picture.width() * 3) {
        for share in columns {
            let mut pixel = [0.0_f32; 3];
            for (offset, weight) in share.weights.iter().enumerate() {
                let from = &row[(share.first + offset) * 3..][..3];
                for (sum, value) in pixel.iter_mut().zip(from) {
                    *sum += weight * f32::from(*value);
                }
            }
            wide.extend(pixel);
        }
    }
    wide
}

/// How `to` pixels are made of `from`: between the two nearest where there are more, of all below where there are
/// fewer.
fn shares(from: usize, to: usize) -> Vec<Share> {
    let scale = from as f32 / to as f32;
    let reach = scale.max(1.0);
    (0..to)
        .map(|index| {
            let center = (index as f32 + 0.5) * scale - 0.5;
            let first = (center - reach).ceil().max(0.0) as usize;
            let first = first.min(from - 1);
            let last = ((center + reach).floor().max(0.0) as usize).clamp(first, from - 1);
            let weight = |at: usize| (1.0 - (at as f32 - center).abs() / reach).max(0.0);
            let mut weights: Vec<f32> = (first..=last).map(weight).collect();
            let sum: f32 = weights.iter().sum();
            if sum > 0.0 {
                weights.iter_mut().for_each(|weight| *weight /= sum);
            } else {
                weights = vec![1.0];
            }
            Share { first, weights }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, rgb: &[u8]) -> Picture {
        Picture::new(width, height, rgb.to_vec()).expect("a picture")
    }

    #[test]
    fn one_colour_stays_that_colour_in_every_size() {
        let plain = picture(7, 5, &[255, 0, 51].repeat(35));
        for (width, height) in [(1, 1), (7, 5), (64, 32), (3, 50)] {
            let planes = planes(&plain, width, height);
            let expected = [-0.6, -1.0, 1.0];
            for (plane, expected) in planes.chunks_exact(width * height).zip(expected) {
                assert!(plane.iter().all(|value| (value - expected).abs() < 1e-4));
            }
        }
    }

    #[test]
    fn a_smaller_picture_is_the_mean_of_the_larger() {
        let stripes = picture(64, 1, &[[0; 3], [255; 3]].concat().repeat(32));
        let half = planes(&stripes, 16, 1);
        assert!(
            half[1..15].iter().all(|value| value.abs() < 0.01),
            "{half:?}"
        );
    }
}
