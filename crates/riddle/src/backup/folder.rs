use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail, ensure};
use riddle_core::ContentHash;
use riddle_store::examine_snapshot;
use serde::Serialize;

use super::originals::{self, Originals, PARTIAL};
use super::taking::Taken;
use super::{CONFIGURATION, DATABASE, MANIFEST, Manifest, ORIGINALS, Progress, check_room};

const LOCK: &str = "backup.lock";
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
}

impl BackupFolder {
    /// Opens the folder, making it if absent, for this process alone.
    pub(crate) fn open(dir: &Path) -> anyhow::Result<Self> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir);
        made.with_context(|| format!("cannot make {}", dir.display()))?;
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
        data_dir: &Path,
        keep: Option<usize>,
        progress: Progress<'_>,
        stop: &AtomicBool,
    ) -> anyhow::Result<Report> {
        self.refuse_other(data_dir)?;
        let staging = tempfile::Builder::new()
            .prefix(PARTIAL)
            .tempdir_in(&self.dir)
            .with_context(|| format!("cannot write to {}", self.dir.display()))?;
        let database = data_dir.join(DATABASE);
        check_room(
            &self.dir,
            std::fs::metadata(&database).map_or(0, |file| file.len()),
        )?;
        let mut taken = Taken::take(data_dir, &staging.path().join(DATABASE)).await?;
        let (new_originals, new_original_bytes) = self.add_originals(&mut taken, progress, stop)?;
        self.write_rest(&taken, staging.path())?;
        let backup = self.publish(staging, &taken.manifest)?;
        let removed = match keep {
            Some(keep) => self.remove_older(keep).await?,
            None => Vec::new(),
        };
        Ok(Report {
            backup,
            manifest: taken.manifest,
            new_originals,
            new_original_bytes,
            removed,
        })
    }

    /// Refuses a data folder that is not the one whose backups are here: a restored copy has the same schedule.
    fn refuse_other(&self, data_dir: &Path) -> anyhow::Result<()> {
        let Some(newest) = names(&self.dir)?.pop() else {
            return Ok(());
        };
        let path = self.dir.join(newest).join(MANIFEST);
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        // Only the one field matters here, whatever version wrote the rest.
        let manifest: serde_json::Value = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no manifest of a backup", path.display()))?;
        let Some(of) = manifest["data_dir"].as_str().map(Path::new) else {
            return Ok(());
        };
        ensure!(
            std::path::absolute(data_dir).is_ok_and(|data_dir| data_dir == of),
            "{} holds backups of {}, not of {}; name another folder",
            self.dir.display(),
            of.display(),
            data_dir.display()
        );
        Ok(())
    }

    /// Copies the originals that are not here; those that are damaged or gone become part of the manifest.
    fn add_originals(
        &self,
        taken: &mut Taken,
        progress: Progress<'_>,
        stop: &AtomicBool,
    ) -> anyhow::Result<(u64, u64)> {
        let all = std::mem::take(&mut taken.originals);
        let new: Vec<_> = all
            .iter()
            .copied()
            .filter(|(hash, bytes)| !self.originals.holds(*hash, *bytes))
            .collect();
        check_room(&self.dir, new.iter().map(|(_, bytes)| bytes).sum())?;
        let (mut added, mut added_bytes) = (0, 0);
        let present = (all.len() - new.len()) as u64;
        for (done, (hash, bytes)) in (present..).zip(&new) {
            ensure!(
                !stop.load(Ordering::Relaxed),
                "the backup was stopped before its end"
            );
            progress(done, all.len() as u64);
            if self.add_original(taken, *hash)? {
                added += 1;
                added_bytes += bytes;
            } else {
                taken.manifest.lost_originals.push(hash.to_string());
            }
        }
        self.originals.sync()?;
        taken.originals = all;
        Ok((added, added_bytes))
    }

    /// Whether the original was there and sound.
    fn add_original(&self, taken: &Taken, hash: ContentHash) -> anyhow::Result<bool> {
        let path = taken.original(hash);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let added = self.originals.add(hash, &mut file);
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
        let mut time = manifest.created_at;
        let mut path = self.dir.join(name_of(time));
        // Two within a second.
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
            // Without its manifest it does not count as a backup any more, whatever happens from here on.
            std::fs::remove_file(self.dir.join(name).join(MANIFEST))?;
            std::fs::remove_dir_all(self.dir.join(name))
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

/// Removes what runs that were killed have left.
fn remove_partial(dir: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            std::fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
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
