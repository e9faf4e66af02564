use anyhow::bail;
use riddle_models::{AddedModels, ModelStore, Recognised, WishedRole};
use serde_json::{Value, json};

use super::following::{disk_full, follow};
use super::{interruptible, unavailable};
use crate::api::ApiError;
use crate::arguments::{AddArguments, Role};
use crate::disk::Disk;
use crate::output;
use crate::provider::{AddError, Folders, LocalModels, Wanted};

const MB: u64 = 1_000_000;
const RESTART: &str = "a server that runs knows it after a restart";

/// Tells what a model is, brings it here and tries it.
pub(super) async fn run(
    models: LocalModels,
    arguments: &AddArguments,
    disk: Disk,
    json: bool,
) -> anyhow::Result<()> {
    let wanted = wanted(arguments);
    if !arguments.look
        && let Some(known) = models.in_catalogue(&wanted)
    {
        bail!(known);
    }
    let failed = |error: AddError, name: &str| refused(&error, name, &arguments.what);
    let looked = models.look(&wanted, interruptible()).await;
    let looked = looked.map_err(|error| failed(error, &arguments.what))?;
    let found = &looked.found;
    let name = &found.entry.name;
    if !arguments.look
        && let Some(taken) = models.taken(&looked).map_err(|error| failed(error, name))?
    {
        bail!(taken);
    }
    if !json {
        tell(found);
    }
    if arguments.look {
        if json {
            output::json(&described(found, false));
        }
        return Ok(());
    }
    disk.check(found.bytes).map_err(|error| disk_full(&error))?;
    let (following, progress, cancel) = follow(disk)?;
    let tried = models.add(&looked, progress, cancel).await;
    let full = following.end();
    if let Some(tried) = tried.map_err(|error| full.unwrap_or_else(|| failed(error, name)))? {
        output::note(&tried);
    }
    if json {
        output::json(&described(found, true));
    } else {
        output::line(&format!("{name} is here; {RESTART}"));
    }
    Ok(())
}

fn wanted(arguments: &AddArguments) -> Wanted {
    Wanted {
        what: arguments.what.clone(),
        hub: arguments.source,
        revision: arguments.revision.clone(),
        name: arguments.name.clone(),
        role: arguments.role.map(|role| match role {
            Role::Embedder => WishedRole::Embedder,
            Role::Reranker => WishedRole::Reranker,
            Role::Chat => WishedRole::Chat,
        }),
        query_prefix: arguments.query_prefix.clone(),
        passage_prefix: arguments.passage_prefix.clone(),
        folders: Folders::Allowed,
    }
}

fn refused(error: &AddError, name: &str, what: &str) -> anyhow::Error {
    ApiError {
        code: "model_unavailable".to_owned(),
        message: error.told(name, what),
    }
    .into()
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
