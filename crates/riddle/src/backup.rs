//! Backups: the database at one moment with the originals that it refers to. Indexes are left out, as they are built
//! from the database anyway, and so are model files, which are fetched again.

mod archive;
mod folder;
mod manifest;
mod originals;
mod restore;
mod schedule;
mod source;
mod taking;

use std::path::{Path, PathBuf};

pub(crate) use archive::write_archive;
pub(crate) use folder::{BackupFolder, Report};
pub(crate) use manifest::Manifest;
pub(crate) use restore::{Restored, check, refuse_unfinished, restore};
pub(crate) use schedule::{Following, Schedule};
pub(crate) use source::Source;
pub(crate) use taking::refuse_no_data;

use crate::data_folder::DATABASE;
use crate::disk::Disk;

/// The configuration, where it lies in the data folder.
const CONFIGURATION: &str = "riddle.toml";
/// The originals, each named by its hash, in a data folder and in a folder of backups.
const ORIGINALS: &str = "blobs";
const MANIFEST: &str = "manifest.json";

/// Told after each original how many are done, of how many.
pub(crate) type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// A data folder of which backups are made.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder {
    pub(crate) dir: PathBuf,
    /// Bytes of its disk that are kept free; a sensible share where nothing is set.
    pub(crate) reserve: Option<u64>,
}

impl DataFolder {
    /// The disk of another folder, of which a backup leaves to the server what is kept for it.
    fn disk_of(&self, folder: &Path) -> Disk {
        Disk::beside(&self.dir, folder, self.reserve)
    }

    /// Bytes of its database.
    fn database_bytes(&self) -> u64 {
        std::fs::metadata(self.dir.join(DATABASE)).map_or(0, |file| file.len())
    }
}
