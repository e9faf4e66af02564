//! Small files that are there whole or not at all, also after a power cut.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file that those can read who may read the folder, as the process has it for all its files.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut temporary = OsString::from(path);
    temporary.push(".tmp");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o640);
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    let folder = path.parent();
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        // The name is durable with the folder.
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
