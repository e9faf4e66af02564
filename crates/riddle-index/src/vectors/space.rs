//! Makes sure of the disk space that a change of a shard takes before the shard is touched.
//!
//! qdrant-edge makes its files long and empty and maps them. The disk gives a page of such a file only when the page is
//! first written to, and where it has none left the kernel ends the whole process with SIGBUS. So the pages that a
//! change writes to next are asked for here, by a call that can fail.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use riddle_core::IndexError;
use rustix::fs::{FallocateFlags, SeekFrom};
use rustix::io::Errno;

use crate::error::vector_error;

/// Bytes that are reserved in each file that grows a little with each point, such as flags and tables of ids.
const SMALL_WINDOW: u64 = 32 << 10;
/// For files that the change itself makes, and for the files of the other stores on the same disk.
const NEW_FILES: u64 = 2 << 20;

/// Most bytes that a change writes to one file of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Growth {
    /// The vectors of its points.
    pub(super) vectors: u64,
    /// What else its points hold.
    pub(super) payloads: u64,
}

impl Growth {
    /// A change that adds nothing but entries in tables.
    pub(super) const TABLES: Self = Self {
        vectors: 0,
        payloads: 0,
    };

    /// The log holds the whole change, and the storages hold it once more.
    fn whole(self) -> u64 {
        self.vectors
            .saturating_add(self.payloads)
            .saturating_mul(2)
            .saturating_add(NEW_FILES)
    }

    /// What the file at a path within the shard may grow by.
    fn of_file(self, path: &Path) -> u64 {
        let is_in = |folder: &str| path.iter().any(|part| part == folder);
        let grows = if is_in("wal") {
            self.vectors.saturating_add(self.payloads).saturating_mul(2)
        } else if is_in("vector_storage") {
            self.vectors
        } else {
            self.payloads
        };
        grows.saturating_add(SMALL_WINDOW)
    }
}

/// Takes the space that a change of the shard in `dir` needs in the files that are there, and looks that as much is
/// left for those that it makes.
///
/// # Errors
/// The disk has not as much.
pub(super) fn secure(dir: &Path, growth: Growth) -> Result<(), IndexError> {
    fill(dir, growth).map_err(space_error)?;
    require(dir, growth.whole())
}

/// Looks that the disk of `dir` has room for these bytes and a little more.
///
/// # Errors
/// It has not.
pub(super) fn require(dir: &Path, bytes: u64) -> Result<(), IndexError> {
    let system = rustix::fs::statvfs(dir).map_err(vector_error)?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    if free < bytes.saturating_add(NEW_FILES) {
        return Err(full());
    }
    Ok(())
}

/// Bytes that the files below a folder take of the disk. Where files vanish meanwhile it is what the others take.
pub(super) fn taken(dir: &Path) -> u64 {
    let mut bytes = 0_u64;
    // An error stands for a file that is gone.
    let _ = each_file(dir, &mut |path| {
        bytes = bytes.saturating_add(on_disk(&fs::metadata(path)?));
        Ok(())
    });
    bytes
}

fn fill(dir: &Path, growth: Growth) -> io::Result<()> {
    each_file(dir, &mut |path| fill_file(path, growth.of_file(path)))
}

/// Takes the first pages of a file that it has no space for yet.
fn fill_file(path: &Path, window: u64) -> io::Result<()> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if on_disk(&metadata) >= metadata.len() {
        return Ok(());
    }
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let from = first_hole(&file, metadata.len())?;
    let length = window.min(metadata.len().saturating_sub(from));
    if length == 0 {
        return Ok(());
    }
    match rustix::fs::fallocate(&file, FallocateFlags::empty(), from, length) {
        // A file system without this call; what is free was looked at.
        Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn first_hole(file: &File, length: u64) -> io::Result<u64> {
    match rustix::fs::seek(file, SeekFrom::Hole(0)) {
        Ok(from) => Ok(from),
        Err(Errno::INVAL | Errno::NXIO) => Ok(length),
        Err(error) => Err(error.into()),
    }
}

fn each_file(dir: &Path, visit: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            each_file(&entry.path(), visit)?;
        } else {
            visit(&entry.path())?;
        }
    }
    Ok(())
}

fn on_disk(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks().saturating_mul(512)
}

fn space_error(error: io::Error) -> IndexError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(),
        _ => vector_error(error),
    }
}

fn full() -> IndexError {
    IndexError {
        is_disk_full: true,
        ..vector_error("the disk is full; free some space")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn the_next_pages_of_an_empty_file_are_taken_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page_0.dat");
        let file = File::create(&path).unwrap();
        file.set_len(8 << 20).unwrap();
        let blocks = || fs::metadata(&path).unwrap().blocks() * 512;
        assert_eq!(blocks(), 0);
        let growth = Growth {
            vectors: 0,
            payloads: 100_000,
        };
        secure(folder.path(), growth).unwrap();
        assert!((100_000..1 << 20).contains(&blocks()), "{}", blocks());
        assert_eq!(fs::metadata(&path).unwrap().len(), 8 << 20);
    }

    #[test]
    fn more_than_the_disk_has_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let growth = Growth {
            vectors: u64::MAX / 4,
            payloads: 0,
        };
        let error = secure(folder.path(), growth).unwrap_err();
        assert!(error.message.contains("the disk is full"), "{error}");
        assert!(error.is_disk_full);
    }
}
