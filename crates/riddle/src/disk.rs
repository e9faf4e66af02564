//! Room on the disks that commands write to, some of which is kept free for the server.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::data_folder::free_bytes;

/// A disk, and how much of it stays free.
pub(crate) struct Disk {
    folder: PathBuf,
    kept: u64,
}

impl Disk {
    /// The disk of a folder, which need not be there yet, with what is kept free of it: a sensible share if `reserve`
    /// is `None`.
    pub(crate) fn of(folder: &Path, reserve: Option<u64>) -> Self {
        let mut folder = std::path::absolute(folder).unwrap_or_else(|_unusual| folder.to_owned());
        while matches!(folder.try_exists(), Ok(false)) && folder.pop() {}
        let kept = riddle_engine::kept_free(&folder, reserve).unwrap_or(0);
        Self { folder, kept }
    }

    /// The same, if it is the disk of the data folder too; of another one nothing is kept free.
    pub(crate) fn beside(data_dir: &Path, folder: &Path, reserve: Option<u64>) -> Self {
        let device = |folder| {
            std::fs::metadata(folder)
                .map(|metadata| metadata.dev())
                .ok()
        };
        if device(data_dir) == device(folder) {
            return Self::of(folder, reserve);
        }
        Self::whole(folder)
    }

    /// The disk of a folder, all of which may be used.
    pub(crate) fn whole(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            kept: 0,
        }
    }

    /// Refuses to write `bytes` bytes if they would fill the disk half way, or touch what is kept free.
    pub(crate) fn check(&self, bytes: u64) -> anyhow::Result<()> {
        let Ok(free) = free_bytes(&self.folder) else {
            return Ok(());
        };
        anyhow::ensure!(
            free >= bytes.saturating_add(self.kept),
            "{} MiB are needed in {} and {} MiB are free, of which {} are kept for the server; make room or name a \
             folder on another disk",
            bytes.div_ceil(1 << 20),
            self.folder.display(),
            free >> 20,
            self.kept.div_ceil(1 << 20)
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_free_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let absent = folder.path().join("absent/too");
        let all = Some(1 << 50);
        let refused = Disk::of(&absent, all).check(0).expect_err("all is kept");
        let refused = refused.to_string();
        assert!(refused.contains("1073741824 are kept"), "{refused}");
        assert!(Disk::of(&absent, Some(0)).check(1).is_ok());
        assert!(Disk::of(&absent, Some(0)).check(1 << 50).is_err());
    }

    #[test]
    fn of_another_disk_than_the_data_s_nothing_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, all) = (folder.path(), Some(1 << 50));
        let beside = |folder: &Path| Disk::beside(data, folder, all).check(0);
        assert!(beside(data).is_err());
        // It lies on no disk.
        assert!(beside(Path::new("/proc")).is_ok());
    }
}
