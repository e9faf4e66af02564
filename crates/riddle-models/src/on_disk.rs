//! Files that several processes share: locks, and files that are replaced as a whole.

use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Opens a file to lock, making it if it is not there.
pub(crate) fn lock_file(path: &Path) -> std::io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

/// Replaces a file in `folder` as a whole, or not at all.
pub(crate) fn replace(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    sync_folder(folder)
}

/// A rename survives a power cut only when its folder has been synced.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
