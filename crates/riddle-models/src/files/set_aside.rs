//! A model that is replaced stays until the other one works.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::error::ModelFileError;
use super::store::ModelStore;
use crate::catalogue::CatalogueEntry;
use crate::on_disk::lock_file;

/// The former files of a model, out of the way. Dropping it brings them back, unless it was told that the others are
/// good.
#[derive(Debug)]
pub struct SetAside {
    folder: PathBuf,
    aside: PathBuf,
    replaced: bool,
    _lock: File,
}

impl ModelStore {
    /// Takes the files of a model, if they are here, out of the way of others of its name.
    ///
    /// # Errors
    /// Another process works on the model, or the disk fails.
    pub fn set_aside(&self, entry: &CatalogueEntry) -> Result<SetAside, ModelFileError> {
        let unwritable = |error| ModelFileError::unwritable(&entry.name, &entry.name, error);
        let lock = self.root().join(format!(".{}.adding.lock", entry.name));
        let lock = lock_file(&lock).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ModelFileError::Busy {
                    model: entry.name.clone(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
        let folder = self.folder(entry);
        if folder.exists() {
            drop(self.lock(entry)?);
        }
        let aside = self.root().join(format!(".{}.before", entry.name));
        move_away(&folder, &aside).map_err(unwritable)?;
        Ok(SetAside {
            folder,
            aside,
            replaced: false,
            _lock: lock,
        })
    }
}

/// What a process that was killed has set aside is the good one; what it put in its place is not.
fn move_away(folder: &Path, aside: &Path) -> std::io::Result<()> {
    if aside.exists() {
        return remove_if_there(folder);
    }
    if folder.exists() {
        std::fs::rename(folder, aside)?;
    }
    Ok(())
}

fn remove_if_there(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl SetAside {
    /// The others are good: these go.
    pub fn replaced(mut self) {
        self.replaced = true;
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        if !self.aside.exists() {
            return;
        }
        let done = if self.replaced {
            std::fs::remove_dir_all(&self.aside)
        } else {
            remove_if_there(&self.folder).and_then(|()| std::fs::rename(&self.aside, &self.folder))
        };
        if let Err(error) = done {
            tracing::error!(%error, "the former files of a model are in the way or cannot be brought back");
        }
    }
}
