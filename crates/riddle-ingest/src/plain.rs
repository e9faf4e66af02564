//! Text that needs no parser: decoded here, in the process of the caller.

mod decode;
mod delimited;
mod ebcdic;
mod html_places;
mod json;
mod own_pictures;
mod terminal;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use riddle_core::{ExtractedText, Failure, FrontMatter, MissingPictures, PageRanges, TextFormat};

pub(crate) use decode::{decode, is_mostly_utf8};
pub(crate) use html_places::{HtmlPlaces, html_places};
pub(crate) use json::are_lines as are_json_lines;

use crate::failure;
use crate::sniff::TextKind;
use crate::words::has_words;

/// Reads a text file of a known kind.
///
/// # Errors
/// The file is larger than `limit` bytes, or is not text after all, or holds none.
pub(crate) fn read_text(
    file: &mut File,
    kind: TextKind,
    limit: u64,
) -> Result<ExtractedText, Failure> {
    let bytes = read_bounded(file, limit)?;
    let text = decode(&bytes).ok_or_else(failure::malformed)?;
    let (text, format, media_type) = match kind {
        TextKind::Plain => (text, TextFormat::Plain, "text/plain"),
        TextKind::Markdown => {
            let text = own_pictures::without_own_pictures(text);
            (text, TextFormat::Markdown, "text/markdown")
        }
        TextKind::Code => (text, TextFormat::Code, "text/x-source-code"),
        TextKind::Delimited => {
            let (text, format) = delimited::with_headers(&text, limit)?;
            (text, format, "text/csv")
        }
        TextKind::Json => {
            let (text, format) = json::flatten(text, limit)?;
            (text, format, "application/json")
        }
        TextKind::JsonLines => {
            let (text, format) = json::flatten_lines(text, limit)?;
            (text, format, "application/x-ndjson")
        }
    };
    finish(text, format, media_type)
}

/// A file of Markdown as [`read_text`] reads it; `None` where it is no text.
pub(crate) fn markdown(bytes: &[u8]) -> Option<String> {
    decode(bytes).map(own_pictures::without_own_pictures)
}

/// The file as it is, for markup in which the worker has found no structure.
///
/// # Errors
/// As [`read_text`].
pub(crate) fn read_as_it_stands(
    file: &mut File,
    media_type: &str,
    limit: u64,
) -> Result<ExtractedText, Failure> {
    let bytes = read_bounded(file, limit)?;
    let text = decode(&bytes).ok_or_else(failure::malformed)?;
    finish(text, TextFormat::Plain, media_type)
}

fn finish(text: String, format: TextFormat, media_type: &str) -> Result<ExtractedText, Failure> {
    if !has_words(&text) {
        return Err(failure::blank(media_type));
    }
    let front = (format == TextFormat::Markdown)
        .then(|| FrontMatter::of(&text))
        .flatten();
    let title = front.and_then(|front| front.title());
    Ok(ExtractedText {
        title,
        recognised_pages: PageRanges::default(),
        unread_pages: 0,
        missing: MissingPictures::default(),
        unread_attachments: 0,
        text,
        format,
        pages: Vec::new(),
        media_type: media_type.to_owned(),
    })
}

fn read_bounded(file: &mut File, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| failure::unreadable(&error))?;
    if bytes.len() as u64 > limit {
        return Err(failure::too_much_text());
    }
    Ok(bytes)
}
