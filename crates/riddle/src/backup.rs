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

use std::path::Path;

pub(crate) use archive::write_archive;
pub(crate) use folder::{BackupFolder, Report};
pub(crate) use manifest::Manifest;
pub(crate) use restore::{Restored, check, refuse_unfinished, restore};
pub(crate) use schedule::{Following, Schedule};
pub(crate) use source::Source;
pub(crate) use taking::refuse_no_data;

use crate::data_folder::{DATABASE, free_bytes};

/// The configuration, where it lies in the data folder.
const CONFIGURATION: &str = "riddle.toml";
/// The originals, each named by its hash, in a data folder and in a folder of backups.
const ORIGINALS: &str = "blobs";
const MANIFEST: &str = "manifest.json";

/// Told after each original how many are done, of how many.
pub(crate) type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Refuses what would fill the disk of `folder` half way through.
fn check_room(folder: &Path, bytes: u64) -> anyhow::Result<()> {
    let Ok(free) = free_bytes(folder) else {
        return Ok(());
    };
    anyhow::ensure!(
        free >= bytes,
        "{} MiB are needed in {} and {} MiB are free; make room or name a folder on another disk",
        bytes.div_ceil(1 << 20),
        folder.display(),
        free >> 20
    );
    Ok(())
}
