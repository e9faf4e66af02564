//! Models without an entry in the catalogue, for the command line and for the server alike.

mod target;

use std::path::PathBuf;

use riddle_core::{ModelError, error_chain};
use riddle_engine::{EngineError, run_blocking};
use riddle_models::{
    AddedModels, CatalogueError, HubKind, ModelFileError, ModelSource, ProgressSink, PullOptions,
    Recognised, Refusal, Repository, Snapshot, WeightsFormat, WishedRole, Wishes, recognise,
};
use tokio_util::sync::CancellationToken;

use super::LocalModels;
use super::files::PullError;
use super::trial::ModelCheck;
use crate::config::Hub;
use target::Target;

/// A model that somebody wants to add.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// An id, an address or a folder.
    pub(crate) what: String,
    /// The hub that an id means; that of the configuration where `None`.
    pub(crate) hub: Option<Hub>,
    pub(crate) revision: Option<String>,
    /// The name that it gets; made of the repository's or folder's where `None`.
    pub(crate) name: Option<String>,
    pub(crate) role: Option<WishedRole>,
    pub(crate) query_prefix: Option<String>,
    pub(crate) passage_prefix: Option<String>,
    pub(crate) folders: Folders,
}

/// Whether folders of this machine are added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Folders {
    /// As whoever asks has this machine anyway.
    Allowed,
    /// A client of the server could look into the files of the machine by the sentences that say what is wrong with
    /// them, and copy what it may not read.
    Refused,
}

/// A model that can be added.
pub(crate) struct Looked {
    pub(crate) found: Recognised,
    /// Where its files lie, if that is a folder of this machine.
    folder: Option<PathBuf>,
}

/// Why a model is not added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddError {
    /// It cannot be run, or its name is taken.
    #[error("{0}")]
    Refused(String),
    /// Its files are here and do not work.
    #[error("{0:#}")]
    Unusable(anyhow::Error),
    /// The file of a hub's token cannot be read; the text holds its path.
    #[error("{0:#}")]
    Token(anyhow::Error),
    #[error(transparent)]
    Files(#[from] ModelFileError),
}

impl From<CatalogueError> for AddError {
    fn from(error: CatalogueError) -> Self {
        Self::Files(error.into())
    }
}

impl From<Refusal> for AddError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl AddError {
    /// Whether what has come of the model is worth keeping.
    fn resumes(&self) -> bool {
        matches!(
            self,
            Self::Files(
                ModelFileError::Cancelled { .. }
                    | ModelFileError::Busy { .. }
                    | ModelFileError::Source { .. }
                    | ModelFileError::NoSource { .. }
            )
        )
    }

    /// What is wrong, said to whoever wanted to add it: there is no model of the catalogue that could be pulled.
    pub(crate) fn told(&self, name: &str, what: &str) -> String {
        let pull = format!("riddle models pull {name}");
        self.to_string()
            .replace(&pull, &format!("riddle models add {what}"))
            .replace("pulling model", "adding model")
            .replace("pull it again", "add it again")
    }
}

impl LocalModels {
    /// Tells what a model is, by its small files.
    pub(crate) async fn look(
        &self,
        wanted: &Wanted,
        cancel: CancellationToken,
    ) -> Result<Looked, AddError> {
        let hub = match wanted.hub {
            Some(Hub::HuggingFace) => HubKind::HuggingFace,
            Some(Hub::ModelScope) => HubKind::ModelScope,
            None => self.first_hub().unwrap_or(HubKind::HuggingFace),
        };
        match target::parse(wanted, hub).map_err(AddError::Refused)? {
            Target::Folder(path) => {
                let (snapshot, folder) = Snapshot::of_folder(&path)?;
                let source = ModelSource::Folder {
                    path: folder.clone(),
                };
                let found = recognise(&snapshot, &wanted.wishes(Some(source), None))?;
                Ok(Looked {
                    found,
                    folder: Some(folder),
                })
            }
            Target::Repository {
                repository,
                quantization,
            } => {
                let options = self.pull_options(cancel).map_err(AddError::Token)?;
                let found = self
                    .look_at_hub(wanted, &repository, quantization, &options)
                    .await?;
                Ok(Looked {
                    found,
                    folder: None,
                })
            }
        }
    }

    async fn look_at_hub(
        &self,
        wanted: &Wanted,
        repository: &Repository,
        quantization: Option<String>,
        options: &PullOptions,
    ) -> Result<Recognised, AddError> {
        let first = wanted.wishes(None, quantization.clone());
        let listed = self.store.look_into(repository, &first, options).await?;
        let (repo, revision) = (repository.repo.clone(), listed.revision.clone());
        let source = match repository.hub {
            HubKind::HuggingFace => ModelSource::Hub { repo, revision },
            HubKind::ModelScope => ModelSource::ModelScope { repo, revision },
        };
        let wishes = wanted.wishes(Some(source), quantization);
        let mut found = recognise(&listed.snapshot, &wishes)?;
        if listed.gated {
            found.assumed.push(
                "its publishers give it only to those who accept their terms: do so on its page, and set a hub token"
                    .to_owned(),
            );
        }
        Ok(found)
    }

    /// The name by which the catalogue has what was asked for, if that is a repository of it and no other name is
    /// wanted.
    pub(crate) fn in_catalogue(&self, wanted: &Wanted) -> Option<String> {
        if wanted.name.is_some() {
            return None;
        }
        let known = self.catalogue.find(&wanted.what).ok()?;
        let added = AddedModels::in_folder(self.store.root());
        (!added.has(&known.name).unwrap_or(false)).then(|| {
            format!(
                "{} is in the catalogue: `riddle models pull {}` fetches it; to add it all the same, give it another \
                 name with `--name`",
                wanted.what, known.name
            )
        })
    }

    /// Why the name cannot be had, if it is taken: a model of the catalogue keeps its name, an added one is replaced by
    /// itself.
    pub(crate) fn taken(&self, looked: &Looked) -> Result<Option<String>, AddError> {
        let name = &looked.found.entry.name;
        let Ok(known) = self.catalogue.find(name) else {
            return Ok(None);
        };
        let is_added = AddedModels::in_folder(self.store.root()).has(&known.name)?;
        if is_added && known.name == *name {
            return Ok(None);
        }
        Ok(Some(format!(
            "the name {name} means {} of the catalogue; give another with `--name`, or take that one with `riddle models \
             pull {}`",
            known.name, known.name
        )))
    }

    /// Whether a model of this name was added before.
    pub(crate) fn was_added(&self, name: &str) -> Result<bool, AddError> {
        Ok(AddedModels::in_folder(self.store.root()).has(name)?)
    }

    /// Brings a model here and uses it once. One that does not work leaves nothing behind. Returns what came of using
    /// it; nothing of a GGUF file, which was looked into already.
    pub(crate) async fn add(
        &self,
        looked: &Looked,
        progress: ProgressSink,
        cancel: CancellationToken,
    ) -> Result<Option<String>, AddError> {
        let entry = &looked.found.entry;
        let added = AddedModels::in_folder(self.store.root());
        let models = self.knowing(entry.clone());
        // What is here and works stays until the new files work too.
        let former = match added.has(&entry.name)? {
            true => Some(self.store.set_aside(entry)?),
            false => None,
        };
        let is_ours = self.store.make_way(entry)?;
        let brought = models.bring(looked, progress, cancel).await;
        let brought = brought.and_then(|tried| {
            added.add(entry, &looked.found.text)?;
            Ok(tried)
        });
        if let Err(error) = &brought
            && is_ours
            && former.is_none()
            && !error.resumes()
        {
            models.store.remove_files(entry)?;
        }
        let tried = brought?;
        if let Some(former) = former {
            former.replaced();
        }
        Ok(tried)
    }

    /// Copies or downloads its files, and uses it once.
    async fn bring(
        &self,
        looked: &Looked,
        progress: ProgressSink,
        cancel: CancellationToken,
    ) -> Result<Option<String>, AddError> {
        let entry = &looked.found.entry;
        match &looked.folder {
            Some(folder) => drop(self.store.import_folder(&entry.name, folder)?),
            None => {
                let pulled = self.pull(&entry.name, progress, cancel).await;
                pulled.map_err(|error| match error {
                    PullError::Files(error) => AddError::Files(error),
                    PullError::Token(error) => AddError::Token(error),
                })?;
            }
        }
        // Loading a language model takes its memory, and its file was looked into already.
        if entry.format == WeightsFormat::Gguf {
            return Ok(None);
        }
        let (models, name) = (self.clone(), entry.name.clone());
        let checked = run_blocking("trying a model", move || models.check(&name)).await;
        let checked = checked.map_err(|error| broke_off(&entry.name, &error))??;
        outcome(&entry.name, checked)
    }
}

/// Using it broke off. Why goes to the log alone, because a panic may say anything.
fn broke_off(name: &str, error: &EngineError) -> AddError {
    let error = error_chain(error);
    tracing::error!(model = name, error, "trying a model broke off");
    AddError::Unusable(anyhow::anyhow!("trying {name} broke off; the log says why"))
}

/// What came of using a model once.
fn outcome(name: &str, checked: ModelCheck) -> Result<Option<String>, AddError> {
    let trouble = checked.report.files.iter().find_map(|file| {
        let trouble = file.trouble.as_ref()?;
        Some(format!("`{}` {trouble}", file.path))
    });
    if let Some(trouble) = trouble {
        let error = anyhow::anyhow!("{name} is not complete: {trouble}");
        return Err(AddError::Unusable(error));
    }
    match checked.tried {
        Some(Ok(trial)) => Ok(Some(trial.summary)),
        Some(Err(error)) if lacks_something_else(&error) => {
            Ok(Some(format!("{name} was not tried: {error:#}")))
        }
        Some(Err(error)) => {
            let error = error.context(format!("{name} cannot be run"));
            Err(AddError::Unusable(error))
        }
        None => Ok(None),
    }
}

/// What this machine lacks is no fault of the model.
fn lacks_something_else(error: &anyhow::Error) -> bool {
    let known = error.chain().find_map(|cause| cause.downcast_ref());
    matches!(known, Some(ModelError::Unavailable { .. }))
}

impl Wanted {
    fn wishes(&self, source: Option<ModelSource>, quantization: Option<String>) -> Wishes {
        Wishes {
            name: self.name.clone(),
            role: self.role,
            query_prefix: self.query_prefix.clone(),
            passage_prefix: self.passage_prefix.clone(),
            quantization,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_panic_says_is_not_told_to_whoever_adds_a_model() {
        let tried = run_blocking::<()>("trying a model", || panic!("as told")).await;
        let told = broke_off("a-model", &tried.expect_err("it panicked"));
        let expected = "trying a-model broke off; the log says why";
        assert_eq!(told.to_string(), expected);
    }
}
