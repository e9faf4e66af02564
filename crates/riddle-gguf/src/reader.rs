use std::io::{BufRead, Seek};

use crate::HeaderError;

/// Longer names than any real file has.
const NAME_LIMIT: u64 = 1 << 16;

pub(crate) const TYPE_U32: u32 = 4;
pub(crate) const TYPE_STRING: u32 = 8;
const TYPE_ARRAY: u32 = 9;

/// Reads little-endian values and never goes beyond the end of the file.
pub(crate) struct Reader<R> {
    input: R,
    position: u64,
    length: u64,
}

impl<R: BufRead + Seek> Reader<R> {
    pub(crate) fn new(input: R, length: u64) -> Self {
        Self {
            input,
            position: 0,
            length,
        }
    }

    /// Bytes from the start of the file.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Up to `most` of the next bytes, which stay unread.
    pub(crate) fn peek(&mut self, most: usize) -> Result<Vec<u8>, HeaderError> {
        let next = self.input.fill_buf()?;
        Ok(next[..next.len().min(most)].to_vec())
    }

    pub(crate) fn u32(&mut self) -> Result<u32, HeaderError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, HeaderError> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    pub(crate) fn string(&mut self) -> Result<Vec<u8>, HeaderError> {
        let length = self.u64()?;
        if length > NAME_LIMIT {
            return Err(HeaderError::Damaged("an endless name"));
        }
        self.claim(length)?;
        let mut text = vec![0; usize::try_from(length).unwrap_or(0)];
        self.input.read_exact(&mut text)?;
        Ok(text)
    }

    pub(crate) fn skip(&mut self, bytes: u64) -> Result<(), HeaderError> {
        self.claim(bytes)?;
        let bytes = i64::try_from(bytes).map_err(|_too_large| HeaderError::Truncated)?;
        Ok(self.input.seek_relative(bytes)?)
    }

    /// Skips a value of this type.
    pub(crate) fn skip_value(&mut self, kind: u32) -> Result<(), HeaderError> {
        match kind {
            TYPE_STRING => self.skip_string(),
            TYPE_ARRAY => {
                let kind = self.u32()?;
                let count = self.u64()?;
                match scalar_bytes(kind) {
                    Some(bytes) => self.skip(count.saturating_mul(bytes)),
                    None if kind == TYPE_STRING => (0..count).try_for_each(|_| self.skip_string()),
                    None => Err(HeaderError::Damaged("an array of an unknown type")),
                }
            }
            _ => match scalar_bytes(kind) {
                Some(bytes) => self.skip(bytes),
                None => Err(HeaderError::Damaged("a value of an unknown type")),
            },
        }
    }

    fn skip_string(&mut self) -> Result<(), HeaderError> {
        let length = self.u64()?;
        self.skip(length)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], HeaderError> {
        let mut bytes = [0; N];
        self.claim(N as u64)?;
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Moves on, if the file has that much left.
    fn claim(&mut self, bytes: u64) -> Result<(), HeaderError> {
        let position = self.position.saturating_add(bytes);
        if position > self.length {
            return Err(HeaderError::Truncated);
        }
        self.position = position;
        Ok(())
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
