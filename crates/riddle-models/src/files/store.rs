use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{FileProblem, missing};
use super::error::ModelFileError;
use super::file_kind::FileKind;
use super::manifest::{FOUND, Manifest, ManifestFile};
use super::opening::{Opening, OpeningProgram};
use super::wheels;
use crate::catalogue::{Catalogue, CatalogueEntry, CatalogueError, ModelSource, is_plain_name};
use crate::on_disk::lock_file;

const LOCK: &str = ".lock";

/// The models on this machine, each in a folder of its name.
#[derive(Clone, Debug)]
pub struct ModelStore {
    root: PathBuf,
    catalogue: Arc<Catalogue>,
    opening: Arc<Opening>,
}

/// Whether a model is on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// It is.
    Located(LocatedModel),
    /// It is not, or not completely.
    Missing {
        /// What to do about it.
        remedy: String,
    },
}

/// A model on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedModel {
    /// Catalogue name.
    pub name: String,
    pub folder: PathBuf,
    /// The file of its weights; of several the first, or their index.
    pub weights: PathBuf,
    /// SHA-256 of the weights as it was recorded; `None` for files put there by hand and never verified.
    pub weights_sha256: Option<String>,
    /// Length of its files in bytes.
    pub bytes: u64,
}

/// A model of the catalogue and where it is.
#[derive(Clone, Debug)]
pub struct ListedModel<'a> {
    /// What it is: the variant that is here, or the first.
    pub entry: &'a CatalogueEntry,
    /// Where it is.
    pub location: Location,
}

impl ModelStore {
    /// The models below `root`, usually `models` in the data folder; it need not exist yet.
    pub fn new(root: impl Into<PathBuf>, catalogue: Arc<Catalogue>) -> Self {
        Self {
            root: root.into(),
            catalogue,
            opening: Arc::default(),
        }
    }

    /// The same store, whose files are first opened by this program, and only then here.
    #[must_use]
    pub fn opened_by(self, program: OpeningProgram) -> Self {
        Self {
            opening: Arc::new(Opening::by(program, self.root.clone())),
            ..self
        }
    }

    /// The same folder with one more model in its catalogue.
    #[must_use]
    pub fn knowing(&self, entry: CatalogueEntry) -> Self {
        let catalogue = Catalogue::clone(&self.catalogue).with(entry);
        Self {
            catalogue: Arc::new(catalogue),
            ..self.clone()
        }
    }

    /// Removes the files of a model, if there are any.
    ///
    /// # Errors
    /// Another process works on it, or the folder cannot be removed.
    pub fn remove_files(&self, entry: &CatalogueEntry) -> Result<(), ModelFileError> {
        let folder = self.folder(entry);
        if !folder.is_dir() {
            return Ok(());
        }
        let _lock = self.lock(entry)?;
        std::fs::remove_dir_all(&folder)
            .map_err(|error| ModelFileError::unwritable(&entry.name, &entry.name, error))
    }

    /// Removes what has come of a model of this name from another source: what a source does not tell the hash of would
    /// be kept. A folder into which a person has put files stays. Returns whether all that the folder will hold has
    /// come by this store, nothing by hand.
    ///
    /// # Errors
    /// Another process works on it, or the folder cannot be removed.
    pub fn make_way(&self, entry: &CatalogueEntry) -> Result<bool, ModelFileError> {
        let folder = self.folder(entry);
        let source = entry.all_sources().next().map(ToString::to_string);
        let manifest = Manifest::read(&folder, &entry.name);
        let is_foreign = |file: &ManifestFile| Some(&file.source) != source.as_ref();
        let by_hand = manifest.files.iter().any(|file| file.source == FOUND);
        if !by_hand && manifest.files.iter().any(is_foreign) {
            self.remove_files(entry)?;
        }
        Ok(!folder.is_dir() || !by_hand && folder.join(LOCK).is_file())
    }

    /// Removes what has come of a model that is not in the catalogue, whose addition did not come to its end. `false`
    /// where there is none of this name.
    ///
    /// # Errors
    /// The disk fails.
    pub fn remove_unfinished(&self, name: &str) -> Result<bool, ModelFileError> {
        let folder = self.root.join(name);
        let ours = is_plain_name(name) && folder.join(LOCK).is_file();
        if ours {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| ModelFileError::unwritable(name, name, error))?;
        }
        Ok(ours)
    }

    /// Has the files of a model opened elsewhere before they are loaded. Quick where they were opened before as they
    /// are.
    ///
    /// # Errors
    /// A file that ends the process that opens it.
    pub fn open_elsewhere(&self, entry: &CatalogueEntry) -> Result<(), ModelFileError> {
        let folder = self.folder(entry);
        for file in &entry.files {
            let on_disk = folder.join(&file.path);
            let Some(kind) = FileKind::of(entry, &file.path).filter(|_| on_disk.is_file()) else {
                continue;
            };
            self.opening
                .open(kind, &on_disk)
                .map_err(|trouble| ModelFileError::BadFile {
                    model: entry.name.clone(),
                    file: file.path.clone(),
                    trouble,
                })?;
        }
        Ok(())
    }

    /// The same for a file of its own, outside of the folder of models.
    ///
    /// # Errors
    /// It ends the process that opens it.
    pub fn open_file_elsewhere(&self, kind: FileKind, path: &Path) -> Result<(), FileProblem> {
        self.opening.open(kind, path)
    }

    pub(super) fn opening(&self) -> &Arc<Opening> {
        &self.opening
    }

    /// The catalogue it was made with.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Looks for the files of a model by name and length; [`Self::verify`] looks into them. Blocks shortly.
    ///
    /// # Errors
    /// The name is not in the catalogue.
    pub fn locate(&self, name: &str) -> Result<Location, CatalogueError> {
        Ok(self.listed(name)?.location)
    }

    /// A model and where it is, as [`Self::list`] has it. Blocks shortly.
    ///
    /// # Errors
    /// The name is not in the catalogue.
    pub fn listed(&self, name: &str) -> Result<ListedModel<'_>, CatalogueError> {
        Ok(self.look(self.catalogue.find(name)?))
    }

    /// All models of the catalogue. Blocks shortly.
    pub fn list(&self) -> Vec<ListedModel<'_>> {
        let entries = self.catalogue.entries();
        entries.iter().map(|entry| self.look(entry)).collect()
    }

    pub(super) fn locate_entry(&self, entry: &CatalogueEntry) -> Location {
        self.look(entry).location
    }

    /// The variant that the files of a model here are; its first where none is here wholly. Blocks shortly.
    ///
    /// # Errors
    /// The name is not in the catalogue.
    pub fn variant_here(&self, name: &str) -> Result<&CatalogueEntry, CatalogueError> {
        Ok(self.listed(name)?.entry)
    }

    /// The first variant that is here wholly. Where none is, it tells what the one with most files here lacks.
    fn look<'a>(&self, entry: &'a CatalogueEntry) -> ListedModel<'a> {
        let folder = self.folder(entry);
        let manifest = Manifest::read(&folder, &entry.name);
        let mut nearest: Option<Gap> = None;
        for variant in entry.variants() {
            match locate_variant(variant, &folder, &manifest) {
                Ok(bytes) => {
                    return ListedModel {
                        entry: variant,
                        location: located(variant, folder, &manifest, bytes),
                    };
                }
                Err(gap) if nearest.as_ref().is_none_or(|known| known.here < gap.here) => {
                    nearest = Some(gap);
                }
                Err(_) => {}
            }
        }
        let remedy = nearest.map(|gap| gap.remedy).unwrap_or_default();
        ListedModel {
            entry,
            location: Location::Missing { remedy },
        }
    }

    /// Whether a model that is not here can be had from the package whose files are called so.
    pub(super) fn wants_package(&self, wanted: &str) -> bool {
        let from_it = |source: &ModelSource| match source {
            ModelSource::Package {
                package, version, ..
            } => wheels::stem(package, version) == wanted,
            ModelSource::Hub { .. }
            | ModelSource::ModelScope { .. }
            | ModelSource::Folder { .. } => false,
        };
        self.catalogue.entries().iter().any(|entry| {
            entry.all_sources().any(from_it)
                && matches!(self.locate_entry(entry), Location::Missing { .. })
        })
    }

    /// The folder of all models.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a model, which need not exist.
    pub fn folder(&self, entry: &CatalogueEntry) -> PathBuf {
        self.root.join(&entry.name)
    }

    /// Creates the folder of a model and keeps other processes out of it for as long as the result lives.
    pub(super) fn lock(&self, entry: &CatalogueEntry) -> Result<FolderLock, ModelFileError> {
        let folder = self.folder(entry);
        let unwritable = |error| ModelFileError::unwritable(&entry.name, LOCK, error);
        std::fs::create_dir_all(&folder).map_err(unwritable)?;
        let file = lock_file(&folder.join(LOCK)).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock {
                folder,
                _file: file,
            }),
            Err(TryLockError::WouldBlock) => Err(ModelFileError::Busy {
                model: entry.name.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(unwritable(error)),
        }
    }
}

/// What a variant lacks.
struct Gap {
    /// Files that are here.
    here: usize,
    remedy: String,
}

/// Bytes of the variant's files, if all that it needs are here.
fn locate_variant(
    variant: &CatalogueEntry,
    folder: &Path,
    manifest: &Manifest,
) -> Result<u64, Gap> {
    let (mut bytes, mut here) = (0, 0);
    for file in &variant.files {
        let metadata = std::fs::metadata(folder.join(&file.path));
        let Some(found) = metadata.ok().filter(std::fs::Metadata::is_file) else {
            if file.optional {
                continue;
            }
            let trouble = missing(variant, &file.path);
            let remedy = format!("`{}` {trouble}", file.path);
            return Err(Gap { here, remedy });
        };
        let recorded = manifest.file(&file.path).map(|known| known.size);
        if recorded.is_some_and(|size| size != found.len()) {
            let remedy = format!(
                "`{}` has changed since it was fetched; see `riddle models verify {}`",
                file.path, variant.name
            );
            return Err(Gap { here, remedy });
        }
        bytes += found.len();
        here += 1;
    }
    Ok(bytes)
}

fn located(variant: &CatalogueEntry, folder: PathBuf, manifest: &Manifest, bytes: u64) -> Location {
    Location::Located(LocatedModel {
        name: variant.name.clone(),
        weights: folder.join(&variant.weights),
        weights_sha256: manifest
            .file(&variant.weights)
            .map(|known| known.sha256.clone()),
        folder,
        bytes,
    })
}

/// A model's folder that no other process changes.
pub(super) struct FolderLock {
    folder: PathBuf,
    _file: File,
}

impl FolderLock {
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}
