//! Sizes of folders and of the disk. Everything here blocks.

mod reserve;

pub use reserve::kept_free;
pub(crate) use reserve::{DiskReserve, WriteKind};

use std::path::Path;

/// Bytes of all files below a folder. Leaves out what vanishes meanwhile or cannot be read, and follows no links.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let mut bytes = 0_u64;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => bytes = bytes.saturating_add(metadata.len()),
                Err(_gone) => {}
            }
        }
    }
    bytes
}

/// The file system of a folder, in bytes.
struct Space {
    whole: u64,
    /// What this process may still write.
    free: u64,
}

/// `None` where the system does not tell.
fn space(folder: &Path) -> Option<Space> {
    let system = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(system.f_frsize);
    Some(Space {
        whole: bytes(system.f_blocks),
        free: bytes(system.f_bavail),
    })
}

/// Bytes that this process may still write to the file system of a folder, if the system tells.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    Some(space(folder)?.free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_counted_whole_and_absent_ones_as_empty() {
        let folder = tempfile::tempdir().expect("a folder");
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).expect("made");
        std::fs::write(folder.path().join("one"), [0; 10]).expect("written");
        std::fs::write(below.join("two"), [0; 32]).expect("written");
        assert_eq!(folder_bytes(folder.path()), 42);
        assert_eq!(folder_bytes(&folder.path().join("none")), 0);
        assert!(free_bytes(folder.path()).is_some_and(|free| free > 0));
    }
}
