//! Pages of a PDF as pictures.

use image::{RgbImage, RgbaImage};
use riddle_core::{Failure, Picture};
use xberg_native_pdf::PdfDocument;
use xberg_native_pdf::rendering::{RenderOptions, render_page_fit};

use super::decode;
use crate::failure;
use crate::worker::boxes::order_corners;

/// Longest side of the picture that is made of a page: 220 pixels an inch of A4.
const LONGEST: u32 = 2_576;

/// A PDF.
pub(super) struct Scan {
    document: PdfDocument,
    pages: u32,
}

impl Scan {
    pub(super) fn open(mut bytes: Vec<u8>) -> Result<Self, Failure> {
        order_corners(&mut bytes);
        let failed = |error: xberg_native_pdf::Error| {
            let said = error.to_string().to_lowercase();
            match said.contains("encrypt") || said.contains("password") {
                true => failure::encrypted(),
                false => failure::malformed(),
            }
        };
        let document = PdfDocument::from_bytes(bytes).map_err(failed)?;
        let pages = document.page_count().map_err(failed)?;
        Ok(Self {
            document,
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn count(&self) -> u32 {
        self.pages
    }

    pub(super) fn picture(&self, page: u32, most_pixels: u64) -> Result<Picture, Failure> {
        let index = page.saturating_sub(1) as usize;
        let side = self.longest_side(index, most_pixels);
        let options = RenderOptions::default().as_raw();
        let rendered = render_page_fit(&self.document, index, side, side, &options)
            .map_err(|_error| failure::malformed())?;
        let image = RgbaImage::from_raw(rendered.width, rendered.height, rendered.data);
        let image = image.ok_or_else(failure::malformed)?;
        // Drawn on white, so nothing of it is transparent.
        let opaque = RgbImage::from_fn(image.width(), image.height(), |x, y| {
            let [red, green, blue, _] = image.get_pixel(x, y).0;
            image::Rgb([red, green, blue])
        });
        decode::page(opaque)
    }

    fn longest_side(&self, index: usize, most_pixels: u64) -> u32 {
        let most = u32::try_from(most_pixels.isqrt()).unwrap_or(u32::MAX);
        let of_page = LONGEST.min(most);
        let sides = self.document.get_page_info(index).map(|page| {
            let area = page.media_box;
            (f64::from(area.width), f64::from(area.height))
        });
        sides.map_or(of_page, |sides| {
            decode::longest(sides, of_page, most_pixels)
        })
    }
}
