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
use std::sync::Arc;

use riddle_core::Clock;

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
#[derive(Clone)]
pub(crate) struct DataFolder {
    pub(crate) dir: PathBuf,
    /// Bytes of its disk that are kept free; a sensible share where nothing is set.
    pub(crate) reserve: Option<u64>,
    /// Says when a backup is made, and when the next one is due.
    pub(crate) clock: Arc<dyn Clock>,
}

impl DataFolder {
    /// The disk of another folder, of which a backup leaves to the server what is kept for it.
    fn disk_of(&self, folder: &Path) -> Disk {
        Disk::beside(&self.dir, folder, self.reserve)
    }

    fn database_bytes(&self) -> u64 {
        std::fs::metadata(self.dir.join(DATABASE)).map_or(0, |file| file.len())
    }

    /// The time as backups have it. A clock that is beyond the calendar is at its end.
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.clock.now().0).unwrap_or(jiff::Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use riddle_core::Timestamp;
    use riddle_store::SqlStore;
    use riddle_testkit::FakeClock;

    use super::*;

    #[tokio::test]
    async fn backups_have_the_time_of_the_clock() {
        let [data, backups] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let store = SqlStore::open(&data.path().join(DATABASE)).await;
        drop(store.expect("a database"));
        // 2026-03-01T12:00:00.250Z
        let clock = Arc::new(FakeClock::at(Timestamp(1_772_366_400_250)));
        let data = DataFolder {
            dir: data.path().to_owned(),
            reserve: Some(0),
            clock: Arc::<FakeClock>::clone(&clock),
        };
        let folder = BackupFolder::open(backups.path()).expect("a folder of backups");
        let (quiet, stop) = (|_: u64, _: u64| (), AtomicBool::new(false));
        for (created_at, name) in [
            ("2026-03-01T12:00:00.25Z", "2026-03-01T12-00-00Z"),
            ("2026-03-01T13:00:00.25Z", "2026-03-01T13-00-00Z"),
        ] {
            let made = folder.add(&data, None, &quiet, &stop).await;
            let made = made.expect("a backup");
            assert_eq!(made.manifest.created_at.to_string(), created_at);
            assert!(made.backup.ends_with(name), "{}", made.backup.display());
            clock.advance(3_600_000);
        }
    }
}
