//! Which pages of a PDF are pictures that nobody has read.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use riddle_core::PageStart;
use xberg_native_pdf::PdfDocument;

/// Letters of its own up to which a page counts as a picture with a stamp, a header or a page number on it.
const FEW_LETTERS: usize = 200;
/// Share of such a page that its pictures cover.
const MOSTLY: f32 = 0.5;
/// Bytes of drawing from which on a page without text and pictures is drawn text.
const MUCH_DRAWING: usize = 4_096;
/// Pages that are looked at; in longer documents the rest is taken as it is.
const MOST_PAGES: usize = 5_000;

/// The pages that are pictures, ascending: those with a picture and no text of their own, and those that are mostly
/// picture and have next to none. `text` and `pages` are what was found in them. Empty for a PDF that cannot be opened.
pub(in crate::worker) fn scanned_pages(
    document: &[u8],
    text: &str,
    pages: &[PageStart],
) -> Vec<u32> {
    let letters = letters_of_pages(text, pages);
    let look = || {
        let document = PdfDocument::from_bytes(document.to_vec()).ok()?;
        let count = document.page_count().ok()?.min(MOST_PAGES);
        let numbers = (1_u32..).take(count);
        let is_scan = |number: &u32| {
            let own = letters.get(number).copied().unwrap_or(0);
            own <= FEW_LETTERS && is_picture(&document, *number as usize - 1, own)
        };
        Some(numbers.filter(is_scan).collect())
    };
    catch_unwind(AssertUnwindSafe(look))
        .ok()
        .flatten()
        .unwrap_or_default()
}

fn letters_of_pages(text: &str, pages: &[PageStart]) -> HashMap<u32, usize> {
    let ends = pages.iter().skip(1).map(|next| next.byte_offset);
    let mut letters = HashMap::new();
    for (page, end) in pages.iter().zip(ends.chain([text.len()])) {
        let own = text.get(page.byte_offset..end).unwrap_or_default();
        let count = own.chars().filter(|c| c.is_alphanumeric()).count();
        *letters.entry(page.number).or_default() += count;
    }
    letters
}

fn is_picture(document: &PdfDocument, index: usize, own_letters: usize) -> bool {
    let Ok(pictures) = document.page_image_handles(index) else {
        return false;
    };
    if own_letters == 0 {
        let drawing = || {
            document
                .get_page_content_data(index)
                .map_or(0, |data| data.len())
        };
        return !pictures.is_empty() || drawing() >= MUCH_DRAWING;
    }
    let Ok((left, bottom, right, top)) = document.get_page_media_box(index) else {
        return false;
    };
    let page = ((right - left) * (top - bottom)).abs();
    let covered: f32 = pictures
        .iter()
        .map(|picture| (picture.bbox.width * picture.bbox.height).abs())
        .sum();
    page > 0.0 && covered >= MOSTLY * page
}
