use std::path::{Path, PathBuf};

use super::blocking::blocking;
use super::check::{check, missing};
use super::error::ModelFileError;
use super::install::{Arrival, discard, install, partial_path};
use super::opening::Opening;
use super::pull::note;
use super::store::{LocatedModel, Location, ModelStore};
use crate::catalogue::{CatalogueEntry, CatalogueFile};

/// A folder of this machine that holds a model's files, with or without their subfolders.
pub(super) struct Folder<'a> {
    entry: &'a CatalogueEntry,
    path: PathBuf,
}

impl ModelStore {
    /// Copies a model from a folder of this machine, or from a single file where one file is all it needs. Everything
    /// is checked before it takes its place. Files are copied, not linked: a training run that writes into that
    /// folder later must not change a model in use. Blocks for as long as copying takes.
    ///
    /// # Errors
    /// A file is missing or not what the catalogue says, or the disk fails.
    pub fn import_folder(&self, name: &str, path: &Path) -> Result<LocatedModel, ModelFileError> {
        let folder = self.matching(self.catalogue().find(name)?, path)?;
        let entry = folder.entry;
        let lock = self.lock(entry)?;
        for file in &entry.files {
            let Some(source) = folder.find(file)? else {
                continue;
            };
            bring(entry, file, &source, lock.folder())?;
            let recorded = install(&Arrival {
                opening: self.opening(),
                entry,
                file,
                folder: lock.folder(),
                announced: None,
                source: "local folder",
            })?;
            note(entry, lock.folder(), recorded)?;
        }
        match self.locate_entry(entry) {
            Location::Located(model) => Ok(model),
            Location::Missing { remedy } => Err(ModelFileError::NoSource {
                model: entry.name.clone(),
                reasons: vec![remedy],
            }),
        }
    }
}

impl ModelStore {
    /// The folder as the variant whose files it holds. Where it holds none wholly, the first says what is wrong.
    fn matching<'a>(
        &self,
        entry: &'a CatalogueEntry,
        path: &Path,
    ) -> Result<Folder<'a>, ModelFileError> {
        let first = match Folder::open(self.opening(), entry, path) {
            Ok(folder) => return Ok(folder),
            Err(error) => error,
        };
        let others = entry.other_variants.iter();
        others
            .map(|other| Folder::open(self.opening(), other, path))
            .find_map(Result::ok)
            .ok_or(first)
    }
}

impl<'a> Folder<'a> {
    /// Checks every file before any is copied.
    pub(super) fn open(
        opening: &Opening,
        entry: &'a CatalogueEntry,
        path: &Path,
    ) -> Result<Self, ModelFileError> {
        let folder = Self {
            entry,
            path: path.to_owned(),
        };
        for file in &entry.files {
            if let Some(found) = folder.find(file)? {
                check(opening, entry, &file.path, &found).map_err(|trouble| {
                    ModelFileError::BadFile {
                        model: entry.name.clone(),
                        file: file.path.clone(),
                        trouble,
                    }
                })?;
            }
        }
        Ok(folder)
    }

    /// Copies one file to its partial place; `false` where an optional one is absent.
    pub(super) async fn copy(
        &self,
        file: &CatalogueFile,
        target: &Path,
    ) -> Result<bool, ModelFileError> {
        let Some(source) = self.find(file)? else {
            return Ok(false);
        };
        let (entry, file) = (self.entry.clone(), file.clone());
        let target = target.to_owned();
        blocking(&self.entry.name, move || {
            bring(&entry, &file, &source, &target)
        })
        .await??;
        Ok(true)
    }

    fn find(&self, file: &CatalogueFile) -> Result<Option<PathBuf>, ModelFileError> {
        let base_name = Path::new(&file.path).file_name().unwrap_or_default();
        let single = self.entry.files.len() == 1 && self.path.is_file();
        let candidates = [
            self.path.join(&file.path),
            self.path.join(base_name),
            self.path.clone(),
        ];
        let found = candidates
            .into_iter()
            .take(if single { 3 } else { 2 })
            .find(|candidate| candidate.is_file());
        match found {
            None if !file.optional => Err(ModelFileError::BadFile {
                model: self.entry.name.clone(),
                file: file.path.clone(),
                trouble: missing(self.entry, &file.path),
            }),
            found => Ok(found),
        }
    }
}

fn bring(
    entry: &CatalogueEntry,
    file: &CatalogueFile,
    source: &Path,
    target: &Path,
) -> Result<(), ModelFileError> {
    let unwritable = |error| ModelFileError::unwritable(&entry.name, &file.path, error);
    let partial = partial_path(target, &file.path);
    discard(&partial);
    if let Some(parent) = partial.parent() {
        std::fs::create_dir_all(parent).map_err(unwritable)?;
    }
    let mut from = std::fs::File::open(source)
        .map_err(|error| ModelFileError::unreadable(&entry.name, &file.path, error))?;
    let mut to = std::fs::File::create(partial).map_err(unwritable)?;
    std::io::copy(&mut from, &mut to).map_err(unwritable)?;
    Ok(())
}
