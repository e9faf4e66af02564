//! What a file is. Its content decides; name and media type help where the content leaves a choice.

mod expectation;
mod field;
mod ole;
mod text_kind;
mod zip;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use riddle_core::Failure;

use crate::failure;
pub(crate) use text_kind::TextKind;

/// What to do with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// Decode it here; there is nothing to parse.
    Text(TextKind),
    /// Let the worker parse it as this media type.
    Document(&'static str),
    /// A picture of this media type, whose text has to be recognised.
    Picture(&'static str),
    /// The same for markup around text. If the worker finds no structure, the text of the file is used as it is.
    Markup(&'static str),
}

/// Bytes that the signatures and the guess at a text's kind look at.
const HEAD_BYTES: u64 = 64 * 1024;

/// Decides what `file` is.
///
/// # Errors
/// The file is empty, of a format that holds no text or that nothing here reads, encrypted, or a decompression bomb.
pub(crate) fn sniff(
    file: &mut File,
    name: &str,
    media_type: Option<&str>,
) -> Result<Content, Failure> {
    let head = read_head(file).map_err(|error| failure::unreadable(&error))?;
    if head.iter().all(u8::is_ascii_whitespace) && (head.len() as u64) < HEAD_BYTES {
        return Err(failure::empty_file());
    }
    if let Some(media_type) = picture(&head) {
        return Ok(Content::Picture(media_type));
    }
    if let Some(refusal) = refused_signature(&head) {
        return Err(refusal);
    }
    if starts_as_pdf(&head) {
        return Ok(Content::Document("application/pdf"));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zip::sniff_zip(file, &head);
    }
    if head.starts_with(&ole::SIGNATURE) {
        return ole::sniff_ole(file);
    }
    if head.starts_with(b"{\\rtf") {
        return Ok(Content::Document("application/rtf"));
    }
    text_kind::sniff_text(&head, name, media_type)
}

fn read_head(file: &mut File) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether this is a PDF. Readers of PDF accept bytes before the header, and real files have them.
fn starts_as_pdf(head: &[u8]) -> bool {
    let start = &head[..head.len().min(1024)];
    let Some(at) = start.windows(5).position(|window| window == b"%PDF-") else {
        return false;
    };
    at == 0 || !start[..at].is_ascii() || start[..at].iter().all(u8::is_ascii_whitespace) || {
        // A text that only mentions the header has neither the line of binary bytes after it nor an object.
        start[at..].windows(4).any(|window| window == b" obj")
    }
}

fn refused_signature(head: &[u8]) -> Option<Failure> {
    const ARCHIVES: [&[u8]; 9] = [
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
        b"MSCF",
        b"!<arch>\n",
    ];
    const IMAGES: [&[u8]; 2] = [b"\0\0\0\x0cjP  ", b"\xffO\xffQ"];
    const PROGRAMS: [&[u8]; 6] = [
        b"\x7fELF",
        b"\xca\xfe\xba\xbe",
        b"\xcf\xfa\xed\xfe",
        b"\xfe\xed\xfa\xcf",
        b"\0asm",
        b"\xce\xfa\xed\xfe",
    ];
    const RECORDINGS: [&[u8]; 5] = [b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"\xff\xfb"];
    let is = |signatures: &[&[u8]]| signatures.iter().any(|bytes| head.starts_with(bytes));
    if is(&ARCHIVES) || head.get(257..262) == Some(b"ustar") {
        return Some(failure::archive());
    }
    if is(&PROGRAMS) || is_windows_program(head) {
        return Some(failure::executable());
    }
    if is(&RECORDINGS) {
        return Some(failure::media());
    }
    if head.starts_with(b"RIFF") {
        return Some(failure::media());
    }
    if let Some(brand) = (head.get(4..8) == Some(b"ftyp"))
        .then(|| head.get(8..12))
        .flatten()
    {
        let image: [&[u8]; 5] = [b"heic", b"heix", b"mif1", b"avif", b"heif"];
        let image = image.contains(&brand);
        return Some(if image {
            failure::image_format()
        } else {
            failure::media()
        });
    }
    is(&IMAGES).then(failure::image_format)
}

/// The media type of a picture that can be opened.
fn picture(head: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 8] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"II+\0", "image/tiff"),
        (b"MM\0+", "image/tiff"),
    ];
    let known = SIGNATURES.iter().find(|(bytes, _)| head.starts_with(bytes));
    let webp = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
    known
        .map(|(_, media_type)| *media_type)
        .or_else(|| webp.then_some("image/webp"))
        .or_else(|| is_bitmap(head).then_some("image/bmp"))
}

fn is_windows_program(head: &[u8]) -> bool {
    if !head.starts_with(b"MZ") {
        return false;
    }
    let Some(offset) = head.get(0x3c..0x40) else {
        return false;
    };
    let offset = u32::from_le_bytes([offset[0], offset[1], offset[2], offset[3]]) as usize;
    head.contains(&0)
        || head
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

/// `BM` alone would refuse every text that begins with it, so the reserved bytes of the header must be zero as well.
fn is_bitmap(head: &[u8]) -> bool {
    head.starts_with(b"BM") && head.get(6..10) == Some(&[0, 0, 0, 0])
}
