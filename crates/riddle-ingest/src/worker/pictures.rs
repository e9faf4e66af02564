//! Reads the pages of documents that are pictures.

mod animation;
mod decode;
mod jpeg;
mod scan;
mod scanned;
mod tiff;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;

use riddle_core::{Failure, Picture, PictureReader};

use super::{Order, respond};
use crate::failure;
use crate::protocol::{PageFacts, Request, Response};
use scan::Scan;
pub(super) use scanned::scanned_pages;
use tiff::Tiff;

/// Answers requests for pages. If there is no reader, each is told why.
pub(super) fn serve<R: PictureReader>(
    open: impl FnOnce() -> Result<R, String>,
    requests: &Receiver<Order>,
) -> io::Result<()> {
    // Made with the first request, whose limits hold by then.
    let (mut open, mut reader) = (Some(open), Err(String::new()));
    let mut document = None;
    for (request, bytes) in requests {
        if let Some(open) = open.take() {
            reader = open();
        }
        let outcome = match &mut reader {
            Ok(reader) => page(reader, &mut document, &request, bytes),
            Err(why) => Err(failure::picture_reader(why)),
        };
        respond(outcome)?;
    }
    Ok(())
}

fn page(
    reader: &mut impl PictureReader,
    document: &mut Option<Pages>,
    request: &Request,
    bytes: Vec<u8>,
) -> Result<(Response, String), Failure> {
    let read = catch_unwind(AssertUnwindSafe(|| {
        if !bytes.is_empty() {
            *document = None;
            *document = Some(Pages::open(&request.media_type, bytes)?);
        }
        let document = document.as_mut().ok_or_else(failure::malformed)?;
        let page = request.page.unwrap_or(1);
        let picture = document.picture(page, request.pixels)?;
        let text = match is_plain(&picture) {
            true => String::new(),
            false => reader.read(&picture)?,
        };
        Ok((Response::Page(document.facts()), text))
    }));
    read.unwrap_or_else(|_panic| Err(failure::crashed()))
}

/// Whether nothing is drawn on it, as on an empty page of a PDF.
fn is_plain(picture: &Picture) -> bool {
    let mut pixels = picture.rgb().chunks_exact(3);
    let first = pixels.next();
    pixels.all(|pixel| Some(pixel) == first)
}

/// A document by its pages.
enum Pages {
    Scan(Box<Scan>),
    Tiff(Tiff),
    Picture(Vec<u8>, image::ImageFormat),
}

impl Pages {
    fn open(media_type: &str, bytes: Vec<u8>) -> Result<Self, Failure> {
        Ok(match media_type {
            "application/pdf" => Self::Scan(Box::new(Scan::open(bytes)?)),
            "image/tiff" => Self::Tiff(Tiff::open(bytes)?),
            _ => {
                let format = image::ImageFormat::from_mime_type(media_type);
                Self::Picture(bytes, format.ok_or_else(failure::image_format)?)
            }
        })
    }

    fn count(&self) -> u32 {
        match self {
            Self::Scan(scan) => scan.count(),
            Self::Tiff(tiff) => tiff.count(),
            Self::Picture(..) => 1,
        }
    }

    /// What is known of each of its pages.
    fn facts(&self) -> PageFacts {
        let (cut, unread_frames) = match self {
            Self::Picture(bytes, format) => (
                *format == image::ImageFormat::Jpeg && jpeg::is_cut(bytes),
                animation::unread_frames(bytes, *format),
            ),
            Self::Scan(_) | Self::Tiff(_) => (false, 0),
        };
        PageFacts {
            pages: self.count(),
            cut,
            unread_frames,
        }
    }

    /// A page, counted from 1.
    fn picture(&mut self, page: u32, most_pixels: u64) -> Result<Picture, Failure> {
        match self {
            Self::Scan(scan) => scan.picture(page, most_pixels),
            Self::Tiff(tiff) => tiff.picture(page, most_pixels),
            Self::Picture(bytes, format) => decode::picture(bytes, *format, most_pixels),
        }
    }
}
