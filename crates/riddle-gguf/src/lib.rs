//! The header of a GGUF file: the architecture of the model, and how long its tensors make the file. Reads no tensor,
//! and takes nothing that a file says for granted: counts, lengths and offsets may be anything.

mod beginning;
mod blocks;
mod language_models;
mod reader;

use std::io::{BufRead, Seek};

pub use self::beginning::{Beginning, read_beginning};
use self::blocks::block_size;
pub use self::language_models::runs_as_language_model;
use self::reader::{Reader, TYPE_STRING, TYPE_U32};

const MAGIC: &[u8] = b"GGUF";
const LFS_POINTER: &[u8] = b"version https://git-lfs";
const DEFAULT_ALIGNMENT: u64 = 32;
/// More entries than any model has.
const MOST_ENTRIES: u64 = 100_000;
/// More tensors than any model has.
const MOST_TENSORS: u64 = 1_000_000;
/// As llama.cpp has it.
const MOST_DIMENSIONS: u32 = 4;

/// What a GGUF file says about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The model's architecture, such as `qwen3`.
    pub architecture: Option<String>,
    /// Bytes that the file must have to hold its tensors. Of tensors of a type unknown here only the start counts.
    pub end: u64,
}

/// Why a header could not be read.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The file could not be read.
    #[error("the file could not be read")]
    Io(#[from] std::io::Error),
    /// It is another kind of file.
    #[error("it is not a GGUF file")]
    NotGguf,
    /// It is a pointer of Git LFS in place of the file.
    #[error("it is a pointer of Git LFS")]
    LfsPointer,
    /// Neither version 2 nor 3, or the byte order of another machine.
    #[error("it has version {0}, which is unknown")]
    UnknownVersion(u32),
    /// The file ends within the header.
    #[error("it ends within its header")]
    Truncated,
    /// Something that no sound file says.
    #[error("it has {0}")]
    Damaged(&'static str),
}

/// Reads the header of a file of `length` bytes.
///
/// # Errors
/// It is no GGUF file, damaged, cut within its header, or cannot be read. That the file is shorter than [`Header::end`]
/// is the caller's to see.
pub fn read_header(input: impl BufRead + Seek, length: u64) -> Result<Header, HeaderError> {
    let mut reader = Reader::new(input, length);
    let (tensors, entries) = counts(&mut reader)?;
    let (architecture, alignment) = read_entries(&mut reader, entries)?;
    let mut data = 0;
    for _ in 0..tensors {
        data = tensor_end(&mut reader)?.max(data);
    }
    let start = reader.position().next_multiple_of(alignment);
    Ok(Header {
        architecture,
        end: start.saturating_add(data),
    })
}

/// How many tensors and entries follow.
fn counts(reader: &mut Reader<impl BufRead + Seek>) -> Result<(u64, u64), HeaderError> {
    let start = reader.peek(LFS_POINTER.len())?;
    if start.starts_with(LFS_POINTER) {
        return Err(HeaderError::LfsPointer);
    }
    if !start.starts_with(MAGIC) {
        return Err(HeaderError::NotGguf);
    }
    reader.skip(MAGIC.len() as u64)?;
    let version = reader.u32()?;
    if !(2..=3).contains(&version) {
        return Err(HeaderError::UnknownVersion(version));
    }
    let tensors = at_most(reader.u64()?, MOST_TENSORS, "too many tensors")?;
    let entries = at_most(reader.u64()?, MOST_ENTRIES, "too many entries")?;
    Ok((tensors, entries))
}

/// Architecture and alignment of the tensors.
fn read_entries(
    reader: &mut Reader<impl BufRead + Seek>,
    entries: u64,
) -> Result<(Option<String>, u64), HeaderError> {
    let mut architecture = None;
    let mut alignment = DEFAULT_ALIGNMENT;
    for _ in 0..entries {
        let key = reader.string()?;
        let kind = reader.u32()?;
        match (key.as_slice(), kind) {
            (b"general.architecture", TYPE_STRING) => {
                let name = reader.string()?;
                architecture = Some(String::from_utf8_lossy(&name).into_owned());
            }
            (b"general.alignment", TYPE_U32) => alignment = u64::from(reader.u32()?),
            _ => reader.skip_value(kind)?,
        }
    }
    if !alignment.is_power_of_two() {
        return Err(HeaderError::Damaged("a senseless alignment"));
    }
    Ok((architecture, alignment))
}

/// Where a tensor ends, in bytes from the start of the tensor data.
fn tensor_end(reader: &mut Reader<impl BufRead + Seek>) -> Result<u64, HeaderError> {
    reader.string()?;
    let dimensions = reader.u32()?;
    if dimensions > MOST_DIMENSIONS {
        return Err(HeaderError::Damaged("a tensor of too many dimensions"));
    }
    let mut elements: u64 = 1;
    for _ in 0..dimensions {
        elements = elements.saturating_mul(reader.u64()?);
    }
    let (block, block_bytes) = block_size(reader.u32()?);
    let bytes = elements.div_ceil(block).saturating_mul(block_bytes);
    Ok(reader.u64()?.saturating_add(bytes))
}

fn at_most(value: u64, limit: u64, otherwise: &'static str) -> Result<u64, HeaderError> {
    if value > limit {
        return Err(HeaderError::Damaged(otherwise));
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
