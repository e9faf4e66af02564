//! Compound files: the old office formats, Outlook messages, and encrypted new office formats.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use riddle_core::Failure;

use super::Content;
use super::field::{read_at, u16_at, u32_at};
use crate::failure;

pub(super) const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Directory sectors examined; real documents have a handful.
const MAX_DIRECTORY_SECTORS: usize = 256;
/// Bytes of one directory entry.
const ENTRY_BYTES: usize = 128;

/// Decides by the names of the streams.
pub(super) fn sniff_ole(file: &mut File) -> Result<Content, Failure> {
    let names = stream_names(file).ok_or_else(failure::malformed)?;
    let has = |name: &str| names.iter().any(|found| found.eq_ignore_ascii_case(name));
    if has("EncryptedPackage") || has("EncryptionInfo") {
        return Err(failure::encrypted());
    }
    if has("WordDocument") {
        if word_is_encrypted(file) {
            return Err(failure::encrypted());
        }
        return Ok(Content::Document("application/msword"));
    }
    if has("Workbook") || has("Book") {
        return Ok(Content::Document("application/vnd.ms-excel"));
    }
    if has("PowerPoint Document") {
        if has("EncryptedSummary") || powerpoint_is_encrypted(file) {
            return Err(failure::encrypted());
        }
        return Ok(Content::Document("application/vnd.ms-powerpoint"));
    }
    if names
        .iter()
        .any(|name| name.starts_with("__substg1.0_") || name.starts_with("__properties_version"))
    {
        return Ok(Content::Document("application/vnd.ms-outlook"));
    }
    Err(failure::unknown_format())
}

/// Names in the directory, following the sector chain from the header through the first part of the allocation table.
fn stream_names(file: &mut File) -> Option<Vec<String>> {
    let header = read_at(file, 0, 512)?;
    let shift = u16_at(&header, 30)?;
    if !(7..=12).contains(&shift) {
        return None;
    }
    let sector_bytes = 1_usize << shift;
    let mut sector = u32_at(&header, 48)?;
    let mut names = Vec::new();
    for _ in 0..MAX_DIRECTORY_SECTORS {
        if sector >= 0xffff_fffa {
            break;
        }
        let bytes = read_at(file, sector_offset(sector, shift), sector_bytes)?;
        names.extend(bytes.chunks_exact(ENTRY_BYTES).filter_map(entry_name));
        sector = next_sector(file, &header, sector, shift)?;
    }
    Some(names)
}

fn entry_name(entry: &[u8]) -> Option<String> {
    let bytes = usize::from(u16_at(entry, 64)?);
    if !(2..=64).contains(&bytes) {
        return None;
    }
    let units: Vec<u16> = entry[..bytes - 2]
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).ok()
}

fn next_sector(file: &mut File, header: &[u8], sector: u32, shift: u16) -> Option<u32> {
    let per_sector = (1_u32 << shift) / 4;
    let table = (sector / per_sector) as usize;
    if table >= 109 {
        return Some(u32::MAX);
    }
    let table_sector = u32_at(header, 76 + table * 4)?;
    let offset = sector_offset(table_sector, shift) + u64::from(sector % per_sector) * 4;
    u32_at(&read_at(file, offset, 4)?, 0)
}

fn sector_offset(sector: u32, shift: u16) -> u64 {
    (u64::from(sector) + 1) << shift
}

/// Word's file information block has the flag `fEncrypted`. In practice it begins with the first sector of its stream,
/// at a sector boundary.
fn word_is_encrypted(file: &mut File) -> bool {
    any_sector(file, |sector| {
        sector.starts_with(&[0xec, 0xa5]) && sector.get(11).is_some_and(|flags| flags & 1 == 1)
    })
}

/// In an encrypted presentation the current-user record has another token after its type and sizes.
fn powerpoint_is_encrypted(file: &mut File) -> bool {
    const TYPE: [u8; 2] = [0xf6, 0x0f];
    const SIZE_AND_TOKEN: [u8; 8] = [0x14, 0, 0, 0, 0xdf, 0xc4, 0xd1, 0xf3];
    any_sector(file, |sector| {
        sector
            .windows(14)
            .any(|window| window[..2] == TYPE && window[6..] == SIZE_AND_TOKEN)
    })
}

fn any_sector(file: &mut File, matches: impl Fn(&[u8]) -> bool) -> bool {
    const SCANNED_BYTES: u64 = 64 * 1024 * 1024;
    let Ok(_) = file.seek(SeekFrom::Start(512)) else {
        return false;
    };
    let mut reader = std::io::BufReader::new(file.take(SCANNED_BYTES));
    let mut sector = [0_u8; 512];
    while reader.read_exact(&mut sector).is_ok() {
        if matches(&sector) {
            return true;
        }
    }
    false
}
