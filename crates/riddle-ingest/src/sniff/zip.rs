//! Zip containers: which document they hold, and whether they unpack to far too much (a decompression bomb).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use riddle_core::Failure;

use super::Content;
use super::field::{read_at, u16_at, u32_at, u64_at};
use crate::failure;

/// Entries of a real document; more belong to an archive or an attack.
const MAX_ENTRIES: usize = 50_000;
/// Bytes of a central directory that are read.
const MAX_DIRECTORY_BYTES: u64 = 32 * 1024 * 1024;
/// Sum of the unpacked sizes of a document.
const MAX_UNPACKED_BYTES: u64 = 1024 * 1024 * 1024;
/// Unpacked bytes up to which any ratio is accepted, because sheets of equal cells compress well.
const ALWAYS_ALLOWED_BYTES: u64 = 64 * 1024 * 1024;
/// Unpacked ÷ packed; deflate cannot exceed 1,032.
const MAX_RATIO: u64 = 150;

struct Entry {
    name: Vec<u8>,
    packed: u64,
    unpacked: u64,
    encrypted: bool,
}

/// Decides by the names of the entries. `head` is the start of the file.
pub(super) fn sniff_zip(file: &mut File, head: &[u8]) -> Result<Content, Failure> {
    let entries = central_directory(file)?;
    let has = |name: &str| {
        entries
            .iter()
            .any(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes()))
    };
    let media_type = if has("[Content_Types].xml") {
        office_media_type(&entries)
    } else if has("META-INF/container.xml") {
        // The rules want `mimetype` as the first entry, but many files have it elsewhere.
        Some("application/epub+zip")
    } else {
        open_document_media_type(head)
    };
    let Some(media_type) = media_type else {
        return Err(failure::archive());
    };
    if entries.iter().any(|entry| entry.encrypted) {
        return Err(failure::encrypted());
    }
    refuse_bomb(&entries)?;
    Ok(Content::Document(media_type))
}

fn office_media_type(entries: &[Entry]) -> Option<&'static str> {
    let under = |folder: &[u8]| entries.iter().any(|entry| starts_with(&entry.name, folder));
    let has = |name: &[u8]| {
        entries
            .iter()
            .any(|entry| entry.name.eq_ignore_ascii_case(name))
    };
    if has(b"xl/workbook.bin") {
        Some("application/vnd.ms-excel.sheet.binary.macroEnabled.12")
    } else if under(b"word/") {
        Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    } else if under(b"xl/") {
        Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    } else if under(b"ppt/") {
        Some("application/vnd.openxmlformats-officedocument.presentationml.presentation")
    } else {
        None
    }
}

fn starts_with(name: &[u8], folder: &[u8]) -> bool {
    name.get(..folder.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(folder))
}

/// The first entry of an OpenDocument file is `mimetype`, stored as it is.
fn open_document_media_type(head: &[u8]) -> Option<&'static str> {
    const KNOWN: [&str; 3] = [
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    ];
    let content = head.get(30..38).filter(|name| *name == b"mimetype")?;
    let extra = usize::from(u16::from_le_bytes([*head.get(28)?, *head.get(29)?]));
    let stored = head.get(30 + content.len() + extra..)?;
    if stored.starts_with(b"application/epub+zip") {
        return Some("application/epub+zip");
    }
    KNOWN
        .into_iter()
        .find(|media_type| stored.starts_with(media_type.as_bytes()))
}

fn refuse_bomb(entries: &[Entry]) -> Result<(), Failure> {
    let packed: u64 = entries.iter().map(|entry| entry.packed).sum();
    let unpacked: u64 = entries
        .iter()
        .fold(0, |sum, entry| sum.saturating_add(entry.unpacked));
    let ratio = unpacked / packed.max(1);
    if unpacked > MAX_UNPACKED_BYTES || (unpacked > ALWAYS_ALLOWED_BYTES && ratio > MAX_RATIO) {
        return Err(failure::bomb());
    }
    Ok(())
}

fn central_directory(file: &mut File) -> Result<Vec<Entry>, Failure> {
    let (offset, length, count) = locate_directory(file).ok_or_else(failure::malformed)?;
    if count > MAX_ENTRIES || length > MAX_DIRECTORY_BYTES {
        return Err(failure::bomb());
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.take(length).read_to_end(&mut bytes))
        .map_err(|_error| failure::malformed())?;
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((entry, after)) = next_entry(rest) {
        entries.push(entry);
        if entries.len() > MAX_ENTRIES {
            return Err(failure::bomb());
        }
        rest = after;
    }
    if entries.is_empty() {
        return Err(failure::malformed());
    }
    Ok(entries)
}

/// Offset, length and number of entries of the central directory, from the record at the end of the file.
fn locate_directory(file: &mut File) -> Option<(u64, u64, usize)> {
    const RECORD_BYTES: u64 = 22;
    let length = file.seek(SeekFrom::End(0)).ok()?;
    let tail_length = length.min(RECORD_BYTES + u64::from(u16::MAX));
    file.seek(SeekFrom::Start(length - tail_length)).ok()?;
    let mut tail = Vec::new();
    file.take(tail_length).read_to_end(&mut tail).ok()?;
    let at = tail
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")?;
    let record = tail.get(at..at + RECORD_BYTES as usize)?;
    let end = length - tail_length + at as u64;
    let count = u16_at(record, 10)?;
    let size = u32_at(record, 12)?;
    let offset = u32_at(record, 16)?;
    if count == u16::MAX || size == u32::MAX || offset == u32::MAX {
        return locate_large_directory(file, end);
    }
    // Computed from where the record is, not read from it: bytes in front of the archive shift all offsets.
    let start = end.checked_sub(u64::from(size))?;
    Some((start, u64::from(size), usize::from(count)))
}

/// The zip64 record that stands before the usual one in large archives.
fn locate_large_directory(file: &mut File, end: u64) -> Option<(u64, u64, usize)> {
    let locator = read_at(file, end.checked_sub(20)?, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return None;
    }
    let record = read_at(file, u64_at(&locator, 8)?, 56)?;
    if !record.starts_with(b"PK\x06\x06") {
        return None;
    }
    let count = usize::try_from(u64_at(&record, 32)?).ok()?;
    Some((u64_at(&record, 48)?, u64_at(&record, 40)?, count))
}

fn next_entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    const FIXED_BYTES: usize = 46;
    if !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let name_length = usize::from(u16_at(bytes, 28)?);
    let extra_length = usize::from(u16_at(bytes, 30)?);
    let comment_length = usize::from(u16_at(bytes, 32)?);
    let name = bytes.get(FIXED_BYTES..FIXED_BYTES + name_length)?;
    let extra_start = FIXED_BYTES + name_length;
    let extra = bytes.get(extra_start..extra_start + extra_length)?;
    let mut entry = Entry {
        name: name.to_vec(),
        packed: u64::from(u32_at(bytes, 20)?),
        unpacked: u64::from(u32_at(bytes, 24)?),
        encrypted: u16_at(bytes, 8)? & 1 == 1,
    };
    if entry.unpacked == u64::from(u32::MAX) {
        entry.unpacked = large_size(extra).unwrap_or(entry.unpacked);
    }
    let rest = bytes.get(extra_start + extra_length + comment_length..)?;
    Some((entry, rest))
}

/// The unpacked size in the zip64 extra field.
fn large_size(mut extra: &[u8]) -> Option<u64> {
    loop {
        let id = u16_at(extra, 0)?;
        let length = usize::from(u16_at(extra, 2)?);
        if id == 1 {
            return u64_at(extra.get(4..4 + length)?, 0);
        }
        extra = extra.get(4 + length..)?;
    }
}
