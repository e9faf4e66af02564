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
    name_whole(Path::new(&temporary), path)
}

/// Gives a file of a folder another name there.
pub(crate) fn name_whole(file: &Path, name: &Path) -> io::Result<()> {
    std::fs::rename(file, name)?;
    sync_folder_of(name)
}

/// Removes a file, if it is there.
pub(crate) fn remove_whole(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Ok(()) => sync_folder_of(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent();
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        // The name is durable with the folder.
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
