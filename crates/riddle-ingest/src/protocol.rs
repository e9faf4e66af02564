//! The protocol between the extractor and its worker: frames of a length (32 bits, little-endian) and bytes.
//!
//! The worker begins with a frame of JSON that says what holds it. A request is one frame of JSON and the bytes of the
//! document, which the worker could not open itself. A response is one frame of JSON and, if there is text, one with
//! the text: inside JSON it would have to be escaped and copied. The reader of pictures is asked for one page at a
//! time, and keeps a document until it is sent another.

use std::io::{self, Read, Write};

use riddle_core::{FailureCode, PageStart, TextFormat};
use riddle_sandbox::Limits;
use serde::{Deserialize, Serialize};

/// Longest frame of JSON, in bytes; enough for the page table of a very long document.
pub(crate) const MAX_JSON_BYTES: u64 = 32 * 1024 * 1024;

/// One document to parse, or one page to read.
#[derive(Clone, Serialize, Deserialize, Debug)]
pub(crate) struct Request {
    /// Bytes of the document, which follow the frame; 0 for the one before.
    pub(crate) document_bytes: u64,
    /// The page to read, from 1; of a reader of pictures alone.
    pub(crate) page: Option<u32>,
    /// Most pixels of a picture.
    pub(crate) pixels: u64,
    /// What it is.
    pub(crate) media_type: String,
    /// Address space of the whole worker, in bytes.
    pub(crate) memory_bytes: u64,
    /// CPU time for this document, in seconds.
    pub(crate) cpu_seconds: u64,
    /// Longest text, in bytes.
    pub(crate) output_bytes: u64,
}

impl Request {
    /// What the worker may use for this document.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.memory_bytes,
            cpu_seconds: self.cpu_seconds,
        }
    }
}

/// What became of it.
#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Response {
    /// A frame with the text follows.
    Text {
        /// What the text is written in.
        format: TextFormat,
        /// Where pages start in it.
        pages: Vec<PageStart>,
        /// The title that the document gives itself.
        title: Option<String>,
        /// Pages without text, which may be pictures; empty where the format has no pages.
        blank_pages: Vec<u32>,
        /// Attached files of a message without readable text.
        unread_attachments: u32,
    },
    /// A frame with the text of a page follows, which may be blank.
    Page(PageFacts),
    /// Nothing follows.
    Failure {
        /// For programs.
        code: FailureCode,
        /// For people.
        message: String,
    },
}

/// What is known of a page that was read, and of its document.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Debug)]
pub(crate) struct PageFacts {
    /// Pages of the document.
    pub(crate) pages: u32,
    /// Whether its picture ends before it is whole.
    pub(crate) cut: bool,
    /// Pictures behind it that show the same page later, as in an animation.
    pub(crate) unread_frames: u32,
}

pub(crate) fn write_frame(writer: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(bytes)?;
    writer.flush()
}

/// Reads one frame; `None` at the end of the stream.
///
/// # Errors
/// The stream ends inside a frame, or the frame is longer than `limit` bytes.
pub(crate) fn read_frame(reader: &mut impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut filled = 0;
    while filled < length.len() {
        match reader.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u64::from(u32::from_le_bytes(length));
    if length > limit {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    let read = reader.take(length).read_to_end(&mut bytes)?;
    if read as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(bytes))
}
