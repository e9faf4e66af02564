mod add;
mod following;
mod verify;

use std::process::ExitCode;

use riddle_models::{CatalogueEntry, Location, ModelFileError, ModelStore, Pulled};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::api::ApiError;
use crate::arguments::ModelsCommand;
use crate::config::Config;
use crate::disk::Disk;
use crate::output;
use crate::provider::{LocalModels, PullError, parse_precision};
use following::{disk_full, follow};

pub(crate) async fn run(
    config: &Config,
    command: &ModelsCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let models = LocalModels::new(config)?;
    let store = models.store();
    let disk = Disk::of(store.root(), config.disk_reserve);
    match command {
        ModelsCommand::List => list(store, json),
        ModelsCommand::Pull {
            name,
            from: Some(folder),
        } => {
            disk.check(0).map_err(|error| disk_full(&error))?;
            let located = store.import_folder(name, folder).map_err(unavailable)?;
            tell_not_pinned(store, name);
            said(
                json,
                &json!({"name": located.name, "source": "folder"}),
                &format!("{} is here", located.name),
            );
        }
        ModelsCommand::Pull { name, from: None } => {
            pull(&models, name, disk, json).await?;
            tell_not_pinned(store, name);
        }
        ModelsCommand::Add(arguments) => add::run(models, arguments, disk, json).await?,
        ModelsCommand::Remove { name } => add::remove(store, name, json)?,
        ModelsCommand::Convert { name, precision } => {
            disk.check(0).map_err(|error| disk_full(&error))?;
            let precision = precision.as_deref().map(parse_precision).transpose()?;
            let file = models.convert(name, precision)?;
            said(
                json,
                &json!({"name": name, "file": file}),
                &format!("wrote {}", file.display()),
            );
        }
        ModelsCommand::Verify { name } => return verify::run(&models, name, json),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(store: &ModelStore, json: bool) {
    let listed = store.list();
    if json {
        output::json(&Value::Array(
            listed
                .iter()
                .map(|model| describe(model.entry, &model.location))
                .collect(),
        ));
        return;
    }
    for model in listed {
        let here = if matches!(model.location, Location::Located(_)) {
            "here"
        } else {
            "-"
        };
        let entry = model.entry;
        output::line(&format!(
            "{here:<5} {:<9} {:<32} {:>6} MB  {:<14} {}{}",
            entry.role.as_str(),
            entry.name,
            entry.memory_mb,
            entry.licence,
            languages(entry),
            if entry.not_pinned().is_some() {
                "  not pinned"
            } else {
                ""
            }
        ));
    }
}

fn describe(entry: &CatalogueEntry, location: &Location) -> Value {
    json!({
        "name": entry.name,
        "role": entry.role.as_str(),
        "here": matches!(location, Location::Located(_)),
        "format": entry.format.as_str(),
        "architecture": entry.architecture,
        "parameters": entry.parameters,
        "memory_mb": entry.memory_mb,
        "max_tokens": entry.max_tokens,
        "languages": languages(entry),
        "licence": entry.licence,
        "pinned": entry.not_pinned().is_none(),
        "sources": entry.all_sources().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn languages(entry: &CatalogueEntry) -> String {
    match entry.known_languages() {
        Some(riddle_core::LanguageCoverage::Multilingual) => "multilingual".to_owned(),
        Some(riddle_core::LanguageCoverage::Only(languages)) => languages.join(" "),
        None => "unknown".to_owned(),
    }
}

/// Says it each time, as each time another file may have come.
fn tell_not_pinned(store: &ModelStore, name: &str) {
    let entry = store.variant_here(name).ok();
    if let Some(text) = entry.and_then(CatalogueEntry::not_pinned) {
        output::note(&format!("{name}: {text}"));
    }
}

async fn pull(models: &LocalModels, name: &str, disk: Disk, json: bool) -> anyhow::Result<()> {
    let pulled = fetch(models, name, disk).await?.map_err(unavailable)?;
    let text = if pulled.already_here {
        "was here already"
    } else {
        "is here"
    };
    let model = pulled.model;
    let size = indicatif::HumanBytes(model.bytes);
    let value =
        json!({"name": model.name, "already_here": pulled.already_here, "bytes": model.bytes});
    said(json, &value, &format!("{} {text} ({size})", model.name));
    Ok(())
}

/// Stops the work, which keeps what has come, when whoever waits for it interrupts it.
fn interruptible() -> CancellationToken {
    let cancel = CancellationToken::new();
    let interrupted = cancel.clone();
    tokio::spawn(async move {
        // Without the signal the work simply cannot be interrupted in between.
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    cancel
}

/// Fetches a model and shows how far that is.
async fn fetch(
    models: &LocalModels,
    name: &str,
    disk: Disk,
) -> anyhow::Result<Result<Pulled, ModelFileError>> {
    let (following, progress, cancel) = follow(disk)?;
    let pulled = models.pull(name, progress, cancel).await;
    match (pulled, following.end()) {
        (Ok(pulled), _) => Ok(Ok(pulled)),
        (Err(_), Some(full)) => Err(full),
        (Err(PullError::Files(error)), None) => Ok(Err(error)),
        (Err(PullError::Token(error)), None) => Err(error),
    }
}

fn said(json: bool, value: &Value, text: &str) {
    if json {
        output::json(value);
    } else {
        output::line(text);
    }
}

fn unavailable(error: riddle_models::ModelFileError) -> anyhow::Error {
    ApiError {
        code: "model_unavailable".to_owned(),
        message: error.to_string(),
    }
    .into()
}
