//! Pictures in files of their own.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    RgbaImage,
};
use riddle_core::{Failure, Picture};

use crate::failure;

/// Longest side of the picture of a page. Letters gain nothing from more.
const LONGEST: u32 = 3_200;
/// A picture whose one side is so many times as long as the other is a strip, such as a page of the web as one picture:
/// it has as many pages of text as it is long.
const STRIP: f64 = 2.0;
/// Shorter side of a strip, and pixels of all of it, which bound the time that it takes.
const STRIP_WIDTH: f64 = 1_600.0;
const STRIP_PIXELS: f64 = 20_000_000.0;
/// Longest side that is opened at all.
const LONGEST_OPENED: u32 = 60_000;
/// Bytes that decoding takes for a pixel at most: four channels of 32 bits.
const BYTES_PER_PIXEL: u64 = 16;

/// The picture in a file, the right way up by what the file says, without transparency, and no larger than is useful.
pub(super) fn picture(
    bytes: &[u8],
    format: ImageFormat,
    most_pixels: u64,
) -> Result<Picture, Failure> {
    let failed = |error: ImageError| match error {
        ImageError::Limits(_) => failure::picture_too_large(most_pixels),
        ImageError::Unsupported(_) => failure::image_format(),
        _ => failure::malformed(),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_OPENED);
    limits.max_image_height = Some(LONGEST_OPENED);
    limits.max_alloc = Some(most_pixels.saturating_mul(BYTES_PER_PIXEL));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > most_pixels {
        return Err(failure::picture_too_large(most_pixels));
    }
    // Where it says nothing sensible it is taken as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    let sides = (f64::from(width), f64::from(height));
    let longest = longest(sides, LONGEST, most_pixels);
    if width.max(height) > longest {
        image = image.thumbnail(longest, longest);
    }
    image.apply_orientation(orientation);
    page(opaque(&image))
}

/// Longest side of the picture that is made of a page with sides of this ratio; `of_page` if it is no strip, which has
/// at most so many pixels.
pub(super) fn longest((width, height): (f64, f64), of_page: u32, most_pixels: u64) -> u32 {
    let ratio = width.max(height) / width.min(height).max(1.0);
    if ratio <= STRIP {
        return of_page;
    }
    let pixels = STRIP_PIXELS.min(most_pixels as f64);
    let shorter = STRIP_WIDTH.min((pixels / ratio).sqrt());
    ((shorter * ratio) as u32).max(of_page)
}

/// The picture on what it stands out from where it is transparent: on black if all that is drawn is light, and on white
/// otherwise.
fn opaque(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let rgba = image.to_rgba8();
    let ground: u32 = if is_light(&rgba) { 0 } else { 255 };
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let over = |value: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            let mixed = (value * alpha + ground * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

/// Whether next to nothing that is drawn would be seen on white.
fn is_light(rgba: &RgbaImage) -> bool {
    const SEEN: u8 = 128;
    const DARK: u32 = 200;
    const FEW: u64 = 1_000;
    let (mut drawn, mut dark) = (0_u64, 0_u64);
    for pixel in rgba.pixels() {
        let [red, green, blue, alpha] = pixel.0;
        if alpha >= SEEN {
            let brightness = (u32::from(red) * 3 + u32::from(green) * 6 + u32::from(blue)) / 10;
            drawn += 1;
            dark += u64::from(brightness < DARK);
        }
    }
    dark * FEW < drawn
}

/// An image as the page that is read.
pub(super) fn page(image: RgbImage) -> Result<Picture, Failure> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    Picture::new(width, height, image.into_raw()).ok_or_else(failure::malformed)
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn strips_stay_as_large_as_pages_are() {
        const MOST: u64 = 50_000_000;
        for (sides, most_pixels, expected) in [
            ((2_480.0, 3_508.0), MOST, LONGEST),
            ((4_000.0, 3_000.0), MOST, LONGEST),
            ((1.0, 2.0), MOST, LONGEST),
            ((1_000.0, 12_000.0), MOST, 15_491),
            ((12_000.0, 1_000.0), MOST, 15_491),
            ((1_000.0, 12_000.0), 3_000_000, 6_000),
            ((3_000.0, 9_000.0), MOST, 4_800),
            ((1.0, 60_000.0), MOST, 1_095_445),
        ] {
            let found = longest(sides, LONGEST, most_pixels);
            assert_eq!(found, expected, "{sides:?} {most_pixels}");
        }
    }

    #[test]
    fn what_is_drawn_stands_out_from_the_ground() {
        let clear = Rgba([9, 9, 9, 0]);
        for (ink, ground) in [([250, 250, 240], 0), ([10, 20, 30], 255), ([150; 3], 255)] {
            let mut drawn = RgbaImage::from_pixel(10, 10, clear);
            drawn.put_pixel(3, 3, Rgba([ink[0], ink[1], ink[2], 255]));
            let picture = opaque(&DynamicImage::from(drawn));
            assert_eq!(picture.get_pixel(3, 3).0, ink);
            assert_eq!(picture.get_pixel(0, 0).0, [ground; 3], "{ink:?}");
        }
        let mut label = RgbaImage::from_pixel(100, 100, Rgba([250, 250, 240, 255]));
        label.put_pixel(0, 0, clear);
        for x in 10..40 {
            label.put_pixel(x, 50, Rgba([10, 20, 30, 255]));
        }
        let labelled = opaque(&DynamicImage::from(label));
        assert_eq!(
            labelled.get_pixel(0, 0).0,
            [255; 3],
            "dark letters on light"
        );
        let nothing = opaque(&DynamicImage::from(RgbaImage::from_pixel(2, 2, clear)));
        assert_eq!(nothing.get_pixel(0, 0).0, [255; 3]);
    }
}
