//! Pictures of several pages. The decoder opens the first page alone, so each is made the first in turn.

use riddle_core::{Failure, Picture};

use super::decode;
use crate::failure;

/// Most pages that are looked for, so that a chain that leads back into itself has an end.
const MOST_PAGES: usize = 10_000;

/// A TIFF.
pub(super) struct Tiff {
    bytes: Vec<u8>,
    layout: Layout,
    /// Where the directory of each page begins.
    directories: Vec<u64>,
}

/// How numbers are written: the order of bytes, and how long offsets are.
#[derive(Clone, Copy)]
struct Layout {
    little_endian: bool,
    big: bool,
}

impl Tiff {
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, Failure> {
        let layout = Layout {
            little_endian: bytes.starts_with(b"II"),
            big: bytes.get(2..4).is_some_and(|version| version.contains(&43)),
        };
        let directories = layout.directories(&bytes);
        if directories.is_empty() {
            return Err(failure::malformed());
        }
        Ok(Self {
            bytes,
            layout,
            directories,
        })
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.directories.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn picture(&mut self, page: u32, most_pixels: u64) -> Result<Picture, Failure> {
        let index = page.saturating_sub(1) as usize;
        let directory = self.directories.get(index).copied();
        self.layout
            .set_first(&mut self.bytes, directory.ok_or_else(failure::malformed)?)
            .ok_or_else(failure::malformed)?;
        decode::picture(&self.bytes, image::ImageFormat::Tiff, most_pixels)
    }
}

impl Layout {
    /// Where the offset of the first directory stands, and how long it is.
    fn first(self) -> (usize, usize) {
        if self.big { (8, 8) } else { (4, 4) }
    }

    fn directories(self, bytes: &[u8]) -> Vec<u64> {
        let (place, length) = self.first();
        let mut found: Vec<u64> = Vec::new();
        let mut next = self.number(bytes, place, length);
        while let Some(directory) = next.filter(|at| *at != 0)
            && found.len() < MOST_PAGES
            && !found.contains(&directory)
        {
            let Some(after) = self.after(bytes, directory) else {
                break;
            };
            found.push(directory);
            next = self.number(bytes, after, length);
        }
        found
    }

    /// Where the offset of the next directory stands; `None` where this one is not within the file.
    fn after(self, bytes: &[u8], directory: u64) -> Option<usize> {
        let at = usize::try_from(directory).ok()?;
        let (count_length, entry_length) = if self.big { (8, 20) } else { (2, 12) };
        let count = usize::try_from(self.number(bytes, at, count_length)?).ok()?;
        let entries = count.checked_mul(entry_length)?;
        let after = at.checked_add(count_length)?.checked_add(entries)?;
        (after <= bytes.len()).then_some(after)
    }

    fn set_first(self, bytes: &mut [u8], directory: u64) -> Option<()> {
        let (place, length) = self.first();
        let field = bytes.get_mut(place..place.checked_add(length)?)?;
        match self.little_endian {
            true => field.copy_from_slice(&directory.to_le_bytes()[..length]),
            false => field.copy_from_slice(&directory.to_be_bytes()[8 - length..]),
        }
        Some(())
    }

    fn number(self, bytes: &[u8], at: usize, length: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(length)?)?.iter();
        let joined = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        Some(match self.little_endian {
            true => bytes.rev().fold(0, joined),
            false => bytes.fold(0, joined),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directories without entries, each of which names the next.
    fn chain(offsets: &[u8]) -> Vec<u8> {
        let mut bytes = b"II*\0".to_vec();
        bytes.extend([offsets[0], 0, 0, 0]);
        for next in &offsets[1..] {
            bytes.extend([0, 0, *next, 0, 0, 0]);
        }
        bytes
    }

    #[test]
    fn all_pages_are_found_and_a_circle_has_an_end() {
        let pages = |offsets: &[u8]| Tiff::open(chain(offsets)).map_or(0, |tiff| tiff.count());
        assert_eq!(pages(&[8, 14, 0]), 2);
        assert_eq!(pages(&[8, 14, 8]), 2);
        assert_eq!(pages(&[8, 200]), 1);
        assert_eq!(pages(&[200]), 0);
    }

    #[test]
    fn each_page_can_be_made_the_first() {
        for (little_endian, big) in [(true, false), (false, false), (true, true), (false, true)] {
            let layout = Layout { little_endian, big };
            let mut bytes = vec![0; 32];
            layout.set_first(&mut bytes, 0x0102).expect("room");
            let (place, length) = layout.first();
            assert_eq!(layout.number(&bytes, place, length), Some(0x0102));
        }
    }
}
