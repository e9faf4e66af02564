//! What Riddle needs of the machine, looked at without a server.

use std::path::Path;

use riddle_models::{Instructions, Location, ModelRole, OnnxRuntime};
use rustix::process::{Resource, getrlimit};

use super::check::Check;
use crate::config::Config;
use crate::data_folder::free_bytes;
use crate::provider::LocalModels;
use crate::wiring;

/// Less free space than this is soon none.
const LITTLE_SPACE: u64 = 2 << 30;
/// Files and connections that a busy server has open.
const ENOUGH_FILES: u64 = 4_096;

/// Looks at everything. Blocks for a moment.
pub(super) fn examine(config: &Config) -> Vec<Check> {
    let mut checks = vec![
        data_folder(&config.data_dir),
        disk(&config.data_dir),
        files(),
    ];
    checks.extend(sandbox(config));
    checks.push(native_engine());
    checks.push(onnxruntime(config));
    checks.extend(models(config));
    checks
}

fn data_folder(folder: &Path) -> Check {
    let name = "data folder";
    let path = folder.display();
    let tried = std::fs::create_dir_all(folder).and_then(|()| {
        let probe = folder.join(format!(".doctor-{}", std::process::id()));
        std::fs::write(&probe, "x")?;
        std::fs::remove_file(&probe)
    });
    match tried {
        Ok(()) => Check::ok(name, format!("{path} can be written")),
        Err(error) => Check::failed(
            name,
            format!("{path} cannot be written: {error}"),
            "give this user the folder, make room on its disk, or name another with --data-dir",
        ),
    }
}

fn disk(folder: &Path) -> Check {
    let name = "free disk";
    let remedy = "make room, or name a data folder on another disk with --data-dir";
    match free_bytes(folder) {
        Ok(free) => {
            let found = format!("{} MiB", free >> 20);
            if free < LITTLE_SPACE {
                Check::warning(name, found, remedy)
            } else {
                Check::ok(name, found)
            }
        }
        Err(error) => Check::warning(name, format!("cannot be told: {error}"), remedy),
    }
}

fn files() -> Check {
    let name = "open files";
    let limit = getrlimit(Resource::Nofile);
    match limit.maximum {
        Some(most) if most < ENOUGH_FILES => Check::warning(
            name,
            format!("at most {most}"),
            format!(
                "raise the limit to {ENOUGH_FILES} or more: `ulimit -n`, LimitNOFILE of systemd, or ulimits of Docker"
            ),
        ),
        Some(most) => Check::ok(name, format!("at most {most}")),
        None => Check::ok(name, "without a limit"),
    }
}

/// What holds the process that parses documents, and what it could do all the same.
fn sandbox(config: &Config) -> Vec<Check> {
    let tested = wiring::extractor_options(&config.limits)
        .and_then(|options| Ok(riddle_ingest::self_test(&options)?));
    let tested = match tested {
        Ok(tested) => tested,
        Err(error) => {
            return vec![Check::failed(
                "parser",
                format!("the process that parses documents does not start: {error:#}"),
                "check that this user may start processes and has memory for one",
            )];
        }
    };
    let remedy = "nothing breaks, and documents are parsed within limits of memory and time; for full protection use Linux 6.12 or newer with Landlock and seccomp, and a container runtime that allows them";
    let layers = tested.confinement.layers();
    let mut checks: Vec<Check> = layers
        .iter()
        .map(|(name, layer)| match layer.reason() {
            None => Check::ok("parser", format!("{name} holds")),
            Some(reason) => Check::warning("parser", format!("{name}: {reason}"), remedy),
        })
        .collect();
    let could: Vec<&str> = tested
        .attempts
        .iter()
        .filter(|attempt| !attempt.refused)
        .map(|attempt| attempt.what.as_str())
        .collect();
    checks.push(if could.is_empty() {
        Check::ok("parser", "it can reach no files, network or processes")
    } else {
        Check::warning("parser", format!("it could {}", could.join(", ")), remedy)
    });
    checks
}

/// It runs on every CPU.
fn native_engine() -> Check {
    let instructions = Instructions::best().as_str();
    Check::ok("native engine", format!("uses {instructions}"))
}

fn onnxruntime(config: &Config) -> Check {
    let name = "ONNX Runtime";
    match OnnxRuntime::load(&LocalModels::onnxruntime_file(config)) {
        Ok(library) => Check::ok(name, format!("version {}", library.version())),
        Err(error) => {
            let error = error.to_string();
            let (found, remedy) = error
                .split_once("; ")
                .unwrap_or((&error, "see the handbook"));
            Check::warning(name, found, remedy)
        }
    }
}

fn models(config: &Config) -> Vec<Check> {
    let name = "models";
    let models = match LocalModels::new(config) {
        Ok(models) => models,
        Err(error) => {
            let remedy = "correct the section [models] of the configuration";
            return vec![Check::failed(name, format!("{error:#}"), remedy)];
        }
    };
    let listed = models.store().list();
    let here: Vec<_> = listed
        .iter()
        .filter(|model| matches!(model.location, Location::Located(_)))
        .map(|model| model.entry)
        .collect();
    let embeds = |role: &ModelRole| matches!(role, ModelRole::Embedder(_));
    let found = here.iter().map(|entry| entry.name.as_str());
    let found = found.collect::<Vec<_>>().join(", ");
    let mut checks = vec![if here.iter().any(|entry| embeds(&entry.role)) {
        Check::ok(name, format!("here: {found}"))
    } else {
        Check::warning(
            name,
            "no embedder is here, so that documents are found by their words alone",
            "run `riddle models pull all-minilm-l6-v2`",
        )
    }];
    for entry in here {
        if let Some(text) = entry.not_pinned() {
            let remedy = "compare the hashes in its manifest.json with those of a source that you trust, and put them into an entry of your own catalogue";
            checks.push(Check::warning(
                name,
                format!("{}: {text}", entry.name),
                remedy,
            ));
        }
    }
    checks
}
