//! Pictures in files of their own.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
};
use riddle_core::{Failure, Picture};

use crate::failure;

/// Longest side of the picture of a page. Letters gain nothing from more.
const LONGEST: u32 = 3_200;
/// Longest side that is opened at all.
const LONGEST_OPENED: u32 = 60_000;
/// Bytes that decoding takes for a pixel at most: four channels of 32 bits.
const BYTES_PER_PIXEL: u64 = 16;

/// The picture in a file, the right way up by what the file says, on white, and no larger than is useful.
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
    if width.max(height) > LONGEST {
        image = image.thumbnail(LONGEST, LONGEST);
    }
    image.apply_orientation(orientation);
    page(on_white(&image))
}

/// The picture with white where it is transparent.
fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let rgba = image.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let over = |value: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            let mixed = (value * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

/// An image as the page that is read.
pub(super) fn page(image: RgbImage) -> Result<Picture, Failure> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    Picture::new(width, height, image.into_raw()).ok_or_else(failure::malformed)
}
