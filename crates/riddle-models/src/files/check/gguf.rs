use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use super::{FileProblem, pull_again};
use crate::catalogue::CatalogueEntry;

/// Counts above these come from damage, not from models.
const MOST_KEYS: u64 = 100_000;
const MOST_TENSORS: u64 = 1_000_000;
const LONGEST_NAME: u64 = 65_536;
const DEFAULT_ALIGNMENT: u64 = 32;

const STRING: u32 = 8;
const ARRAY: u32 = 9;
const U32: u32 = 4;

/// Reads the header of a GGUF file: version, architecture and how long the tensors make it.
pub(super) fn check(path: &Path, size: u64, entry: &CatalogueEntry) -> Result<(), FileProblem> {
    let remedy = pull_again(entry);
    let cut = |_| FileProblem::new("is damaged or truncated within its header", &remedy);
    let mut input = BufReader::new(File::open(path).map_err(cut)?);
    if bytes::<4>(&mut input).map_err(cut)? != *b"GGUF" {
        return Err(FileProblem::new("is not a GGUF file", &remedy));
    }
    let version = u32(&mut input).map_err(cut)?;
    if !(2..=3).contains(&version) {
        return Err(FileProblem::new(
            format!("is GGUF of version {version}; versions 2 and 3 can be read"),
            format!("convert it anew with a current llama.cpp, or {remedy}"),
        ));
    }
    let header = read_header(&mut input).map_err(cut)?;
    if let Some(found) = &header.architecture
        && *found != entry.architecture
    {
        return Err(FileProblem::new(
            format!(
                "holds a model of architecture `{found}` where `{}` is expected",
                entry.architecture
            ),
            format!("{remedy}, or give this file an entry of its own in your catalogue"),
        ));
    }
    if size < header.end {
        return Err(FileProblem::new(
            format!(
                "is truncated: its tensors need {} bytes, it has {size}",
                header.end
            ),
            remedy,
        ));
    }
    Ok(())
}

struct Header {
    architecture: Option<String>,
    end: u64,
}

fn read_header(input: &mut (impl Read + Seek)) -> std::io::Result<Header> {
    let tensors = at_most(u64(input)?, MOST_TENSORS)?;
    let keys = at_most(u64(input)?, MOST_KEYS)?;
    let mut architecture = None;
    let mut alignment = DEFAULT_ALIGNMENT;
    for _ in 0..keys {
        let key = string(input)?;
        let kind = u32(input)?;
        match (key.as_str(), kind) {
            ("general.architecture", STRING) => architecture = Some(string(input)?),
            ("general.alignment", U32) => alignment = u64::from(u32(input)?).max(1),
            _ => skip_value(input, kind)?,
        }
    }
    let mut data = 0_u64;
    for _ in 0..tensors {
        data = data.max(tensor_end(input)?);
    }
    let start = input.stream_position()?.next_multiple_of(alignment);
    Ok(Header {
        architecture,
        end: start.saturating_add(data),
    })
}

/// Where a tensor ends within the data; of a type unknown here, where it begins.
fn tensor_end(input: &mut (impl Read + Seek)) -> std::io::Result<u64> {
    string(input)?;
    let dimensions = at_most(u64::from(u32(input)?), 8)?;
    let mut elements = 1_u64;
    for _ in 0..dimensions {
        elements = elements.saturating_mul(u64(input)?);
    }
    let (block, block_bytes) = match u32(input)? {
        0 => (1, 4),
        1 | 30 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        _ => (1, 0),
    };
    let offset = u64(input)?;
    Ok(offset.saturating_add((elements / block).saturating_mul(block_bytes)))
}

fn skip_value(input: &mut (impl Read + Seek), kind: u32) -> std::io::Result<()> {
    match kind {
        STRING => {
            let length = u64(input)?;
            skip(input, length)
        }
        ARRAY => {
            let element = u32(input)?;
            let count = u64(input)?;
            match scalar_bytes(element) {
                Some(bytes) => skip(input, count.saturating_mul(bytes)),
                None if element == STRING => {
                    for _ in 0..count {
                        let length = u64(input)?;
                        skip(input, length)?;
                    }
                    Ok(())
                }
                None => Err(damaged()),
            }
        }
        _ => skip(input, scalar_bytes(kind).ok_or_else(damaged)?),
    }
}

fn scalar_bytes(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Reads the bytes rather than seeking, so that the end of the file is noticed.
fn skip(input: &mut impl Read, length: u64) -> std::io::Result<()> {
    let skipped = std::io::copy(&mut input.take(length), &mut std::io::sink())?;
    if skipped == length {
        Ok(())
    } else {
        Err(damaged())
    }
}

fn string(input: &mut impl Read) -> std::io::Result<String> {
    let length = at_most(u64(input)?, LONGEST_NAME)?;
    let mut text = String::new();
    let read = input.take(length).read_to_string(&mut text)?;
    if read as u64 == length {
        Ok(text)
    } else {
        Err(damaged())
    }
}

fn at_most(value: u64, limit: u64) -> std::io::Result<u64> {
    if value <= limit {
        Ok(value)
    } else {
        Err(damaged())
    }
}

fn u32(input: &mut impl Read) -> std::io::Result<u32> {
    bytes(input).map(u32::from_le_bytes)
}

fn u64(input: &mut impl Read) -> std::io::Result<u64> {
    bytes(input).map(u64::from_le_bytes)
}

fn bytes<const N: usize>(input: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut buffer = [0; N];
    input.read_exact(&mut buffer)?;
    Ok(buffer)
}

fn damaged() -> std::io::Error {
    std::io::ErrorKind::InvalidData.into()
}
