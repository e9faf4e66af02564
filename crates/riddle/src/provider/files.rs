//! The files of models, for the command line and for the server alike.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use riddle_core::{
    AddRequest, FetchControl, FetchProgress, FileCheck, FoundModel, LibraryEntry, LibraryError,
    LibraryRole, ModelError, ModelLibrary, RerankKind, ScoreCheck, Verification,
};
use riddle_models::{
    CatalogueEntry, CatalogueError, HubKind, Layerwise, ListedModel, Location, ModelFileError,
    ModelRole, ProgressSink, PullOptions, PullProgress, Pulled, VerifiedFile,
};
use tokio_util::sync::CancellationToken;

use super::trial::ModelCheck;
use super::{LocalModels, ServedModels, remote};
use crate::config::Hub;

/// The catalogue counts memory in these.
const MB: u64 = 1_000_000;
/// The text may be shown to clients, so it holds no path.
pub(super) const NO_TOKEN: &str = "the file that `models.hub_token_file` or `models.modelscope_token_file` names cannot be read; the server's log says why";

impl LocalModels {
    /// Brings a model to this machine from where the configuration says.
    pub(crate) async fn pull(
        &self,
        name: &str,
        progress: ProgressSink,
        cancel: CancellationToken,
    ) -> Result<Pulled, PullError> {
        let options = PullOptions {
            progress: Some(progress),
            ..self.pull_options(cancel).map_err(PullError::Token)?
        };
        Ok(self.store.pull(name, &options).await?)
    }

    /// Where models come from by the configuration.
    pub(crate) fn pull_options(&self, cancel: CancellationToken) -> anyhow::Result<PullOptions> {
        Ok(PullOptions {
            cancel,
            token: token(self.models.hub_token_file.as_deref())?,
            offline: self.models.offline,
            hub_endpoint: self.models.hub_endpoint.clone(),
            modelscope_endpoint: self.models.modelscope_endpoint.clone(),
            modelscope_token: token(self.models.modelscope_token_file.as_deref())?,
            first_hub: self.first_hub(),
            python_environment: crate::config::python::environment(),
            ..PullOptions::default()
        })
    }

    /// The hub that the configuration prefers.
    pub(crate) fn first_hub(&self) -> Option<HubKind> {
        self.models.source.map(|hub| match hub {
            Hub::HuggingFace => HubKind::HuggingFace,
            Hub::ModelScope => HubKind::ModelScope,
        })
    }
}

/// The token for models that a hub gives only to those it knows.
fn token(file: Option<&Path>) -> anyhow::Result<Option<String>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let token = std::fs::read_to_string(file);
    let token =
        token.with_context(|| format!("cannot read the hub token file {}", file.display()))?;
    Ok(Some(token.trim().to_owned()))
}

/// Why a model was not pulled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PullError {
    /// The file of the hub's token cannot be read; the text holds its path.
    #[error("{0:#}")]
    Token(anyhow::Error),
    #[error(transparent)]
    Files(#[from] ModelFileError),
}

#[async_trait]
impl ModelLibrary for ServedModels {
    fn folder(&self) -> PathBuf {
        let models = self.now();
        let root = models.store.root();
        std::path::absolute(root).unwrap_or_else(|_unusual| root.to_path_buf())
    }

    fn is_offline(&self) -> bool {
        self.now().models.offline
    }

    fn entries(&self) -> Vec<LibraryEntry> {
        let models = self.now();
        let listed = models.store.list();
        let remote = remote::entries(&models.models.remote);
        let here = listed.iter().map(|model| models.entry(model));
        let here = here.filter(|entry| !models.models.remote.has(&entry.name));
        remote.into_iter().chain(here).collect()
    }

    fn resolve(&self, name: &str) -> Result<String, LibraryError> {
        let models = self.now();
        if models.models.remote.has(name) {
            return Ok(name.to_owned());
        }
        let entry = models.store.catalogue().find(name);
        Ok(entry
            .map_err(ModelFileError::from)
            .map_err(told)?
            .name
            .clone())
    }

    fn can_fetch(&self, name: &str) -> Result<(), LibraryError> {
        let models = self.now();
        let possible = models.store.can_pull(name, models.models.offline);
        possible.map_err(told)
    }

    async fn fetch(&self, name: &str, control: FetchControl) -> Result<(), LibraryError> {
        let models = self.now();
        let pull = |progress, cancel| async move {
            match models.pull(name, progress, cancel).await {
                Ok(_) => Ok(()),
                Err(PullError::Files(error)) => Err(told(error)),
                Err(PullError::Token(error)) => {
                    tracing::error!("{error:#}");
                    Err(LibraryError::Disk(NO_TOKEN.to_owned()))
                }
            }
        };
        followed(control, pull).await
    }

    async fn look(&self, request: &AddRequest) -> Result<FoundModel, LibraryError> {
        self.look_for(request).await
    }

    async fn add(&self, request: &AddRequest, control: FetchControl) -> Result<(), LibraryError> {
        self.add_to(request, control).await
    }

    fn verify(&self, name: &str) -> Result<Verification, LibraryError> {
        let ModelCheck { report, tried } = self.now().check(name).map_err(told)?;
        if let Some(missing) = report.files.iter().find(|file| file.is_missing()) {
            return Err(LibraryError::Absent {
                problem: format!(
                    "`{}` {}",
                    missing.path,
                    problem(missing).unwrap_or_default()
                ),
                model: report.model,
            });
        }
        let tried = tried.transpose().map_err(|error| unusable(name, &error))?;
        let (scores, device) = match tried {
            Some(tried) => (tried.golden, Some(tried.device)),
            None => (Vec::new(), None),
        };
        let files = report.files.iter().map(|file| FileCheck {
            path: file.path.clone(),
            problem: problem(file),
        });
        let scores = scores.into_iter().map(|score| ScoreCheck {
            query: score.query,
            passage: score.passage,
            layer: score.layer,
            expected: score.expected,
            got: score.got,
            agrees: score.agrees,
        });
        Ok(Verification {
            files: files.collect(),
            scores: scores.collect(),
            device,
        })
    }
}

/// Runs work that is followed and ended as `control` says. It is not dropped but told to end, so that what has come is
/// written before.
pub(super) async fn followed<T, Work: Future<Output = T>>(
    control: FetchControl,
    work: impl FnOnce(ProgressSink, CancellationToken) -> Work,
) -> T {
    let FetchControl {
        progress,
        cancelled,
    } = control;
    let cancel = CancellationToken::new();
    let sink: ProgressSink = Arc::new(move |step: &PullProgress<'_>| {
        progress(FetchProgress {
            file: step.file.to_owned(),
            received: step.received,
            total: step.total,
        });
    });
    let mut work = std::pin::pin!(work(sink, cancel.clone()));
    tokio::select! {
        done = &mut work => done,
        () = cancelled => {
            cancel.cancel();
            work.await
        }
    }
}

impl LocalModels {
    fn entry(&self, listed: &ListedModel<'_>) -> LibraryEntry {
        let is_here = matches!(listed.location, Location::Located(_));
        let entry = listed.entry;
        let mut model = LibraryEntry {
            here: is_here,
            ..self.not_here(entry)
        };
        if model.kind == Some(RerankKind::Layerwise) && is_here {
            model.layers = Layerwise::layers(&entry.name, &self.store.folder(entry));
        }
        model
    }

    /// What is known of a model whose files are not here.
    pub(super) fn not_here(&self, entry: &CatalogueEntry) -> LibraryEntry {
        let mut model = LibraryEntry {
            folder: Some(self.store.folder(entry)),
            max_tokens: (entry.max_tokens > 0).then_some(entry.max_tokens),
            languages: entry.known_languages().cloned(),
            licence: Some(entry.licence.clone()),
            source: entry.all_sources().next().map(ToString::to_string),
            memory_bytes: Some(u64::from(entry.memory_mb).saturating_mul(MB)),
            ..LibraryEntry::absent(&entry.name, LibraryRole::Chat)
        };
        match &entry.role {
            ModelRole::Embedder(facts) => {
                model.role = LibraryRole::Embedder;
                model.dimensions = Some(facts.dimensions);
            }
            ModelRole::Reranker(facts) => {
                model.role = LibraryRole::Reranker;
                model.kind = Some(facts.kind);
                model.verifiable = !facts.golden.is_empty();
            }
            ModelRole::Chat { .. } => {}
            ModelRole::Ocr { .. } => model.role = LibraryRole::Ocr,
        }
        model
    }
}

fn problem(file: &VerifiedFile) -> Option<String> {
    file.trouble.as_ref().map(ToString::to_string)
}

pub(super) fn told(error: ModelFileError) -> LibraryError {
    let text = error.to_string();
    match error {
        ModelFileError::Catalogue(CatalogueError::Unknown { .. }) => LibraryError::Unknown(text),
        ModelFileError::Offline { model } => LibraryError::Offline { model },
        ModelFileError::Cancelled { model } => LibraryError::Cancelled { model },
        ModelFileError::Busy { .. } => LibraryError::Busy(text),
        ModelFileError::BadFile { .. } => LibraryError::BadFile(text),
        ModelFileError::Io { .. } => LibraryError::Disk(text),
        ModelFileError::Catalogue(_)
        | ModelFileError::Source { .. }
        | ModelFileError::NoSource { .. } => LibraryError::Source(text),
    }
}

/// Sound files whose model does not load or work.
fn unusable(name: &str, error: &anyhow::Error) -> LibraryError {
    let known = error.chain().find_map(|cause| cause.downcast_ref());
    let failed = || ModelError::Failed {
        model: name.to_owned(),
        message: format!("{error:#}"),
    };
    LibraryError::Model(known.cloned().unwrap_or_else(failed))
}
