use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail, ensure};
use riddle_core::ContentHash;
use riddle_store::examine_snapshot;
use serde::Serialize;

use super::originals::{self, CopyError, Originals, PARTIAL, remove_partial};
use super::restore::UNFINISHED;
use super::taking::Taken;
use super::{CONFIGURATION, DATABASE, DataFolder, MANIFEST, Manifest, ORIGINALS, Progress};
use crate::data_folder::SERVER_LOCK;

/// Held by whoever adds a backup; also the sign that a folder is one of backups.
const LOCK: &str = "backups.lock";
/// What only a data folder or a single backup holds.
const NO_FOLDER_OF_BACKUPS: [&str; 4] = [DATABASE, SERVER_LOCK, UNFINISHED, MANIFEST];
/// Folders of a data folder that a server empties or fills by itself.
const MANAGED: [&str; 4] = [ORIGINALS, "uploads", "index", "in-hand"];
/// In UTC; names in order of their text are in order of time.
const NAME: &str = "%Y-%m-%dT%H-%M-%SZ";

/// A folder with backups of one data folder. They share the originals, so that each adds only what is new.
pub(crate) struct BackupFolder {
    dir: PathBuf,
    originals: Originals,
    _lock: File,
}

/// What a backup came to.
#[derive(Serialize)]
pub(crate) struct Report {
    /// Folder of the new backup.
    pub(crate) backup: PathBuf,
    pub(crate) manifest: Manifest,
    /// Originals that were not in the folder yet, and their bytes.
    pub(crate) new_originals: u64,
    pub(crate) new_original_bytes: u64,
    /// Backups that were removed because newer ones are enough.
    pub(crate) removed: Vec<String>,
    /// Why older backups were not removed, if that failed.
    pub(crate) not_removed: Option<String>,
}

impl BackupFolder {
    /// Opens the folder, making it if absent, for this process alone.
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir);
        made.with_context(|| format!("cannot make {}", dir.display()))?;
        refuse_data_folder(dir)?;
        let path = dir.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot open {}; is the folder writable?", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another backup to {} is being made; wait for it",
                    dir.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        let originals = Originals::open(dir.join(ORIGINALS))
            .with_context(|| format!("cannot use {}", dir.join(ORIGINALS).display()))?;
        remove_partial(dir)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            originals,
            _lock: lock,
        })
    }

    /// Adds a backup of the data folder, which may be in use. Of the backups of the folder the newest `keep` stay.
    /// Ends early, with an error, once `stop` is set.
    pub(crate) async fn add(
        &self,
        data: &DataFolder,
        keep: Option<usize>,
        progress: Progress<'_>,
        stop: &AtomicBool,
    ) -> anyhow::Result<Report> {
        let staging = tempfile::Builder::new()
            .prefix(PARTIAL)
            .tempdir_in(&self.dir)
            .with_context(|| format!("cannot write to {}", self.dir.display()))?;
        let disk = data.disk_of(&self.dir);
        disk.check(data.database_bytes())?;
        let mut taken = Taken::take(data, &staging.path().join(DATABASE)).await?;
        self.refuse_other(&taken.manifest)?;
        let new = self.new_originals(&taken);
        disk.check(new.iter().map(|(_, bytes)| bytes).sum())?;
        let (new_originals, new_original_bytes) =
            self.add_originals(&mut taken, &new, progress, stop)?;
        self.write_rest(&taken, staging.path())?;
        let backup = self.publish(staging, &taken.manifest)?;
        let removed = match keep {
            Some(keep) => self.remove_older(keep).await,
            None => Ok(Vec::new()),
        };
        let (removed, not_removed) = match removed {
            Ok(removed) => (removed, None),
            Err(error) => (Vec::new(), Some(format!("{error:#}"))),
        };
        Ok(Report {
            backup,
            manifest: taken.manifest,
            new_originals,
            new_original_bytes,
            removed,
            not_removed,
        })
    }

    /// Refuses a database that is not the one whose backups are here: a restored copy has the same schedule, and a new
    /// database may be in the place of one that was lost.
    fn refuse_other(&self, taken: &Manifest) -> anyhow::Result<()> {
        for name in names(&self.dir)?.iter().rev() {
            let path = self.dir.join(name).join(MANIFEST);
            // One that cannot be read says nothing; an older one does.
            let Ok(Ok(newest)) =
                std::fs::read(&path).map(|bytes| serde_json::from_slice::<Manifest>(&bytes))
            else {
                continue;
            };
            ensure!(
                newest.data_dir == taken.data_dir
                    && newest.database_identity == taken.database_identity,
                "{} holds backups of another database, which was in {}; name another folder",
                self.dir.display(),
                newest.data_dir.display()
            );
            break;
        }
        Ok(())
    }

    /// The originals that are not here, with their bytes.
    fn new_originals(&self, taken: &Taken) -> Vec<(ContentHash, u64)> {
        let all = taken.originals.iter().copied();
        all.filter(|(hash, bytes)| !self.originals.holds(*hash, *bytes))
            .collect()
    }

    /// Copies new originals; those that are damaged or gone become part of the manifest.
    fn add_originals(
        &self,
        taken: &mut Taken,
        new: &[(ContentHash, u64)],
        progress: Progress<'_>,
        stop: &AtomicBool,
    ) -> anyhow::Result<(u64, u64)> {
        let all = &taken.originals;
        let mut lost = Vec::new();
        let (mut added, mut added_bytes) = (0, 0);
        let present = (all.len() - new.len()) as u64;
        for (done, (hash, bytes)) in (present..).zip(new) {
            ensure!(
                !stop.load(Ordering::Relaxed),
                "the backup was stopped before its end"
            );
            progress(done, all.len() as u64);
            if self.add_original(taken, *hash)? {
                added += 1;
                added_bytes += bytes;
            } else {
                lost.push(hash.to_string());
            }
        }
        self.originals.sync()?;
        taken.manifest.lost_originals = lost;
        Ok((added, added_bytes))
    }

    /// Whether the original was there and sound.
    fn add_original(&self, taken: &Taken, hash: ContentHash) -> anyhow::Result<bool> {
        let path = taken.original(hash);
        let Ok(mut file) = File::open(&path) else {
            return Ok(false);
        };
        let added = match self.originals.add(hash, &mut file) {
            // A sector that is damaged, or a folder in the place of the file. The rest is worth keeping.
            Err(CopyError::Read(_)) => return Ok(false),
            added => added,
        };
        added.with_context(|| format!("cannot copy {} to {}", path.display(), self.dir.display()))
    }

    fn write_rest(&self, taken: &Taken, staging: &Path) -> anyhow::Result<()> {
        if let Some(configuration) = taken.configuration() {
            let copy = staging.join(CONFIGURATION);
            std::fs::copy(&configuration, &copy)
                .with_context(|| format!("cannot copy {}", configuration.display()))?;
            File::open(&copy)?.sync_all()?;
        }
        let mut manifest =
            File::create(staging.join(MANIFEST)).context("cannot write the manifest")?;
        manifest.write_all(&taken.manifest.to_json()?)?;
        manifest.sync_all()?;
        File::open(staging.join(DATABASE))?.sync_all()?;
        originals::sync_folder(staging)?;
        Ok(())
    }

    /// Gives the backup its name, with which it begins to count.
    fn publish(&self, staging: tempfile::TempDir, manifest: &Manifest) -> anyhow::Result<PathBuf> {
        // Later than all others, whatever the clock says: the oldest names are removed first.
        let after_newest =
            newest(&self.dir).map(|newest| newest + jiff::SignedDuration::from_secs(1));
        let mut time =
            after_newest.map_or(manifest.created_at, |after| after.max(manifest.created_at));
        let mut path = self.dir.join(name_of(time));
        while path.try_exists()? {
            time += jiff::SignedDuration::from_secs(1);
            path = self.dir.join(name_of(time));
        }
        std::fs::rename(staging.keep(), &path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        originals::sync_folder(&self.dir)?;
        Ok(path)
    }

    /// Removes all but the newest backups, and the originals that none of those refers to.
    async fn remove_older(&self, keep: usize) -> anyhow::Result<Vec<String>> {
        let names = names(&self.dir)?;
        let (old, kept) = names.split_at(names.len().saturating_sub(keep.max(1)));
        if old.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted = std::collections::HashSet::new();
        for name in kept {
            let database = self.dir.join(name).join(DATABASE);
            let contents = examine_snapshot(&database).await.with_context(|| {
                format!(
                    "{} cannot be read, so older backups stay as they are",
                    database.display()
                )
            })?;
            wanted.extend(contents.originals.into_iter().map(|(hash, _)| hash));
        }
        for name in old {
            // With such a name it does not count any more, and the next run removes what is left of it.
            let leaving = self.dir.join(format!("{PARTIAL}{name}"));
            std::fs::rename(self.dir.join(name), &leaving)
                .and_then(|()| std::fs::remove_dir_all(&leaving))
                .with_context(|| format!("cannot remove the backup {name}"))?;
        }
        self.originals.retain(|hash| wanted.contains(&hash))?;
        Ok(old.to_vec())
    }
}

/// The names of the backups of a folder, oldest first.
pub(super) fn names(dir: &Path) -> anyhow::Result<Vec<String>> {
    let entries =
        std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if time_of(&name).is_some() && entry.path().join(MANIFEST).is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// When the newest backup of a folder was made.
pub(super) fn newest(dir: &Path) -> Option<jiff::Timestamp> {
    time_of(names(dir).ok()?.last()?)
}

fn name_of(time: jiff::Timestamp) -> String {
    time.strftime(NAME).to_string()
}

fn time_of(name: &str) -> Option<jiff::Timestamp> {
    let time = jiff::civil::DateTime::strptime(NAME, name).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Refuses a folder whose `blobs` somebody else manages, and one within such folders.
fn refuse_data_folder(dir: &Path) -> anyhow::Result<()> {
    let dir = dir
        .canonicalize()
        .with_context(|| format!("cannot use {}", dir.display()))?;
    let is_ours = dir.join(LOCK).exists();
    let foreign_originals =
        std::fs::read_dir(dir.join(ORIGINALS)).is_ok_and(|mut all| all.next().is_some());
    let is_data =
        |folder: &Path| folder.join(DATABASE).exists() || folder.join(SERVER_LOCK).exists();
    let is_managed = |folder: &Path| {
        let name = folder.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| MANAGED.contains(&name.as_ref()))
            && folder.parent().is_some_and(is_data)
    };
    let taken = NO_FOLDER_OF_BACKUPS
        .iter()
        .any(|name| dir.join(name).exists());
    if taken || (foreign_originals && !is_ours) || dir.ancestors().any(is_managed) {
        // Only if it is new, and so empty.
        let _ = std::fs::remove_dir(&dir);
        bail!(
            "{} is no folder of backups, but belongs to the data itself or to one backup; name a folder elsewhere, best \
             on another disk",
            dir.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_times_and_sort_by_them() {
        let time: jiff::Timestamp = "2026-03-01T09:08:07Z".parse().expect("a time");
        let name = name_of(time);
        assert_eq!(name, "2026-03-01T09-08-07Z");
        assert_eq!(time_of(&name), Some(time));
        assert_eq!(time_of("blobs"), None);
    }

    #[test]
    fn a_folder_is_for_one_backup_at_a_time_and_begins_without_remains() {
        let folder = tempfile::tempdir().expect("a folder");
        let remains = folder.path().join(".partial-abc");
        std::fs::create_dir(&remains).expect("a folder");
        let open = BackupFolder::open(folder.path()).expect("opens");
        assert!(!remains.exists());
        let other = BackupFolder::open(folder.path()).err().expect("is refused");
        assert!(other.to_string().contains("another backup"), "{other}");
        drop(open);
        assert!(BackupFolder::open(folder.path()).is_ok());
    }
}
