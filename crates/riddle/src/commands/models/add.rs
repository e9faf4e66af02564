use std::path::{Path, PathBuf};

use anyhow::bail;
use riddle_core::ModelError;
use riddle_models::{
    AddedModels, CatalogueEntry, HubKind, ModelFileError, ModelSource, ModelStore, Recognised,
    Repository, Snapshot, WeightsFormat, WishedRole, Wishes, recognise,
};
use serde_json::{Value, json};

use super::target::{self, Target};
use super::{fetch, interruptible, unavailable};
use crate::api::ApiError;
use crate::arguments::{AddArguments, Role};
use crate::config::Hub;
use crate::output;
use crate::provider::LocalModels;

const MB: u64 = 1_000_000;
const RESTART: &str = "a server that runs knows it after a restart";

/// Tells what a model is, brings it here and tries it.
pub(super) async fn run(
    models: LocalModels,
    arguments: &AddArguments,
    json: bool,
) -> anyhow::Result<()> {
    let (found, folder) = look(&models, arguments).await?;
    let added = AddedModels::in_folder(models.store().root());
    refuse_taken(models.store(), &added, &found.entry, arguments)?;
    if !json {
        tell(&found);
    }
    if arguments.look {
        if json {
            output::json(&described(&found, false));
        }
        return Ok(());
    }
    let failed = |error: riddle_models::CatalogueError| unavailable(error.into());
    let models = models.knowing(found.entry.clone());
    let store = models.store();
    // What is here and works stays until the new files work too.
    let former = match added.has(&found.entry.name).map_err(failed)? {
        true => Some(store.set_aside(&found.entry).map_err(unavailable)?),
        false => None,
    };
    let is_new = !store.folder(&found.entry).exists();
    if let Err(error) = bring(&models, &found, folder.as_deref()).await {
        if is_new && former.is_none() && !error.resumes {
            store.remove_files(&found.entry).map_err(unavailable)?;
        }
        return Err(by_adding(error.cause, &found.entry.name, &arguments.what));
    }
    added.add(&found.entry, &found.text).map_err(failed)?;
    if let Some(former) = former {
        former.replaced();
    }
    if json {
        output::json(&described(&found, true));
    } else {
        output::line(&format!("{} is here; {RESTART}", found.entry.name));
    }
    Ok(())
}

/// What failed was no model of the catalogue, which `riddle models pull` could fetch.
fn by_adding(cause: anyhow::Error, name: &str, what: &str) -> anyhow::Error {
    match cause.downcast::<ApiError>() {
        Ok(error) => ApiError {
            message: error.message.replace(
                &format!("riddle models pull {name}"),
                &format!("riddle models add {what}"),
            ),
            ..error
        }
        .into(),
        Err(cause) => cause,
    }
}

/// Removes an added model, or what has come of one.
pub(super) fn remove(store: &ModelStore, name: &str, json: bool) -> anyhow::Result<()> {
    let failed = |error: riddle_models::CatalogueError| unavailable(error.into());
    let entry = match store.catalogue().find(name) {
        Ok(entry) => entry,
        Err(error) => {
            if !store.remove_unfinished(name).map_err(unavailable)? {
                return Err(failed(error));
            }
            let text = format!("what had come of {name} is gone");
            super::said(json, &json!({"name": name, "removed": true}), &text);
            return Ok(());
        }
    };
    let added = AddedModels::in_folder(store.root());
    if !added.has(&entry.name).map_err(failed)? {
        bail!(
            "{} was not added but is of the catalogue; to free its disk space, delete {}",
            entry.name,
            store.folder(entry).display()
        );
    }
    store.remove_files(entry).map_err(unavailable)?;
    added.remove(&entry.name).map_err(failed)?;
    super::said(
        json,
        &json!({"name": entry.name, "removed": true}),
        &format!("{} is gone; {RESTART}", entry.name),
    );
    Ok(())
}

/// What it is, and the folder that its files lie in, where that is one of this machine.
async fn look(
    models: &LocalModels,
    arguments: &AddArguments,
) -> anyhow::Result<(Recognised, Option<PathBuf>)> {
    let hub = match arguments.source {
        Some(Hub::HuggingFace) => HubKind::HuggingFace,
        Some(Hub::ModelScope) => HubKind::ModelScope,
        None => models.first_hub().unwrap_or(HubKind::HuggingFace),
    };
    match target::parse(&arguments.what, hub, arguments.revision.as_deref())? {
        Target::Folder(path) => {
            let (snapshot, folder) = Snapshot::of_folder(&path).map_err(refused)?;
            let source = ModelSource::Folder {
                path: folder.clone(),
            };
            let found = recognise(&snapshot, &wishes(arguments, Some(source), None));
            Ok((found.map_err(refused)?, Some(folder)))
        }
        Target::Repository {
            repository,
            quantization,
        } => {
            let found = look_at_hub(models, arguments, &repository, quantization).await?;
            Ok((found, None))
        }
    }
}

async fn look_at_hub(
    models: &LocalModels,
    arguments: &AddArguments,
    repository: &Repository,
    quantization: Option<String>,
) -> anyhow::Result<Recognised> {
    let store = models.store();
    let added = AddedModels::in_folder(store.root());
    let asked = repository.repo.as_str();
    if let (None, None, Ok(known)) = (
        &arguments.name,
        &quantization,
        store.catalogue().find(asked),
    ) && !added.has(&known.name).unwrap_or(false)
        && !arguments.look
    {
        bail!(
            "{asked} is in the catalogue: `riddle models pull {}` fetches it; to add it all the same, give it another name with `--name`",
            known.name
        );
    }
    let options = models.pull_options(interruptible())?;
    let first = wishes(arguments, None, quantization.clone());
    let listed = store
        .look_into(repository, &first, &options)
        .await
        .map_err(unavailable)?;
    let (repo, revision) = (repository.repo.clone(), listed.revision.clone());
    let source = match repository.hub {
        HubKind::HuggingFace => ModelSource::Hub { repo, revision },
        HubKind::ModelScope => ModelSource::ModelScope { repo, revision },
    };
    let wishes = wishes(arguments, Some(source), quantization);
    let mut found = recognise(&listed.snapshot, &wishes).map_err(refused)?;
    if listed.gated {
        found.assumed.push(
            "its publishers give it only to those who accept their terms: do so on its page, and set a hub token"
                .to_owned(),
        );
    }
    Ok(found)
}

fn wishes(
    arguments: &AddArguments,
    source: Option<ModelSource>,
    quantization: Option<String>,
) -> Wishes {
    Wishes {
        name: arguments.name.clone(),
        role: arguments.role.map(|role| match role {
            Role::Embedder => WishedRole::Embedder,
            Role::Reranker => WishedRole::Reranker,
            Role::Chat => WishedRole::Chat,
        }),
        query_prefix: arguments.query_prefix.clone(),
        passage_prefix: arguments.passage_prefix.clone(),
        quantization,
        source,
    }
}

/// A model of the catalogue keeps its name; an added one is replaced by itself.
fn refuse_taken(
    store: &ModelStore,
    added: &AddedModels,
    entry: &CatalogueEntry,
    arguments: &AddArguments,
) -> anyhow::Result<()> {
    let Ok(known) = store.catalogue().find(&entry.name) else {
        return Ok(());
    };
    let is_added = added
        .has(&known.name)
        .map_err(|error| unavailable(error.into()))?;
    if arguments.look || is_added && known.name == entry.name {
        return Ok(());
    }
    bail!(
        "the name {} means {} of the catalogue; give another with `--name`, or take that one with `riddle models pull {}`",
        entry.name,
        known.name,
        known.name
    )
}

/// Why a model did not come to be here.
struct Failure {
    cause: anyhow::Error,
    /// Whether what has come of it is worth keeping.
    resumes: bool,
}

impl From<ModelFileError> for Failure {
    fn from(error: ModelFileError) -> Self {
        let resumes = matches!(
            error,
            ModelFileError::Cancelled { .. }
                | ModelFileError::Busy { .. }
                | ModelFileError::Source { .. }
                | ModelFileError::NoSource { .. }
        );
        Self {
            cause: unavailable(error),
            resumes,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(cause: anyhow::Error) -> Self {
        Self {
            cause,
            resumes: false,
        }
    }
}

/// Copies or downloads its files, and uses it once.
async fn bring(
    models: &LocalModels,
    found: &Recognised,
    folder: Option<&Path>,
) -> Result<(), Failure> {
    let name = &found.entry.name;
    match folder {
        Some(folder) => drop(models.store().import_folder(name, folder)?),
        None => drop(fetch(models, name).await??),
    }
    // Loading a language model takes its memory, and its file was looked into already.
    if found.entry.format == WeightsFormat::Gguf {
        return Ok(());
    }
    let checked = models.check(name)?;
    if let Some(trouble) = checked.report.files.iter().find_map(|file| {
        file.trouble
            .as_ref()
            .map(|trouble| format!("`{}` {trouble}", file.path))
    }) {
        return Err(anyhow::anyhow!("{name} is not complete: {trouble}").into());
    }
    match checked.tried {
        Some(Ok(trial)) => {
            output::note(&trial.summary);
            Ok(())
        }
        Some(Err(error)) if lacks_something_else(&error) => {
            output::note(&format!("{name} was not tried: {error:#}"));
            Ok(())
        }
        Some(Err(error)) => Err(error.context(format!("{name} cannot be run")).into()),
        None => Ok(()),
    }
}

/// What this machine lacks is no fault of the model.
fn lacks_something_else(error: &anyhow::Error) -> bool {
    let known = error.chain().find_map(|cause| cause.downcast_ref());
    matches!(known, Some(ModelError::Unavailable { .. }))
}

fn tell(found: &Recognised) {
    let entry = &found.entry;
    for sentence in &found.recognised {
        output::line(&format!("  {sentence}"));
    }
    for sentence in &found.assumed {
        output::line(&format!("  assumed: {sentence}"));
    }
    output::line(&format!(
        "{}: {}, licence {}, {} MB to fetch, about {} MB of memory",
        entry.name,
        entry.role.as_str(),
        entry.licence,
        found.bytes.div_ceil(MB),
        entry.memory_mb
    ));
}

fn described(found: &Recognised, here: bool) -> Value {
    let entry = &found.entry;
    let files: Vec<&str> = entry.files.iter().map(|file| file.path.as_str()).collect();
    json!({
        "name": entry.name,
        "role": entry.role.as_str(),
        "here": here,
        "format": entry.format.as_str(),
        "architecture": entry.architecture,
        "licence": entry.licence,
        "bytes": found.bytes,
        "memory_mb": entry.memory_mb,
        "max_tokens": entry.max_tokens,
        "files": files,
        "recognised": found.recognised,
        "assumed": found.assumed,
        "catalogue": found.text,
    })
}

fn refused(refusal: riddle_models::Refusal) -> anyhow::Error {
    ApiError {
        code: "model_unavailable".to_owned(),
        message: refusal.to_string(),
    }
    .into()
}
