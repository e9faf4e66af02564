use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Refusal;
use super::gguf::BEGINNING;
use super::snapshot::{ListedFile, Snapshot};

/// More files than any model has.
const MOST_FILES: usize = 5_000;
const DEEPEST: usize = 4;

impl Snapshot {
    /// The files of a folder of this machine, or a single GGUF file. A folder in the cache of a hub consists of links
    /// into the folder `blobs` beside it, which are followed; other links that lead out of the folder are refused.
    /// Returns the folder that the files lie in besides.
    ///
    /// # Errors
    /// It cannot be read, has no files or a link that leads elsewhere.
    pub fn of_folder(path: &Path) -> Result<(Self, PathBuf), Refusal> {
        let unreadable = |error: std::io::Error| {
            Refusal::new(
                &shown(path),
                format!("cannot be read: {error}"),
                "name a folder with the files of a model, or a repository such as owner/name",
            )
        };
        let folder = path.canonicalize().map_err(unreadable)?;
        if folder.is_file() {
            return of_file(&folder);
        }
        let folder = of_cache(&folder).unwrap_or(folder);
        let mut snapshot = Self {
            title: title(&folder),
            ..Self::default()
        };
        let blobs = blobs(&folder);
        let walk = Walk {
            root: &folder,
            blobs: blobs.as_deref(),
        };
        walk.take(&folder, 0, &mut snapshot)?;
        if snapshot.files.is_empty() {
            return Err(Refusal::new(
                &shown(path),
                "holds no files",
                "name the folder of a model",
            ));
        }
        snapshot.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((snapshot, folder))
    }
}

/// A GGUF file by itself.
fn of_file(file: &Path) -> Result<(Snapshot, PathBuf), Refusal> {
    let name = shown(file);
    if file.extension().is_none_or(|extension| extension != "gguf") {
        return Err(Refusal::new(
            &name,
            "is no folder and no .gguf file",
            "name the folder that it lies in",
        ));
    }
    let mut snapshot = Snapshot {
        title: file
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
        ..Snapshot::default()
    };
    list(file, name, &mut snapshot)?;
    let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((snapshot, folder))
}

struct Walk<'a> {
    root: &'a Path,
    /// Where links of a hub's cache lead.
    blobs: Option<&'a Path>,
}

impl Walk<'_> {
    fn take(&self, folder: &Path, depth: usize, snapshot: &mut Snapshot) -> Result<(), Refusal> {
        let unreadable = |error: std::io::Error| {
            Refusal::new(
                &shown(folder),
                format!("cannot be read: {error}"),
                "check its permissions",
            )
        };
        for found in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = found.map_err(unreadable)?.path();
            let Some(name) = self.name(&path) else {
                continue;
            };
            if name.starts_with('.') || name.contains("/.") {
                continue;
            }
            let real = self.followed(&path, &name)?;
            if real.is_dir() {
                if depth < DEEPEST && real.starts_with(self.root) {
                    self.take(&path, depth + 1, snapshot)?;
                }
            } else if !real.is_file() {
                return Err(Refusal::new(
                    &name,
                    "is neither a file nor a folder".to_owned(),
                    "take it out of the folder",
                ));
            } else if snapshot.files.len() >= MOST_FILES {
                let reason = format!("holds more than {MOST_FILES} files");
                return Err(Refusal::new(
                    &shown(self.root),
                    reason,
                    "name the folder of one model",
                ));
            } else {
                list(&path, name, snapshot)?;
            }
        }
        Ok(())
    }

    /// Where a path leads, which is into the folder or into the cache that it belongs to.
    fn followed(&self, path: &Path, name: &str) -> Result<PathBuf, Refusal> {
        let real = path.canonicalize().map_err(|error| {
            Refusal::new(
                name,
                format!("cannot be followed: {error}"),
                "fetch the model again, whole",
            )
        })?;
        let in_cache = self.blobs.is_some_and(|blobs| real.starts_with(blobs));
        if real.starts_with(self.root) || in_cache {
            return Ok(real);
        }
        let reason = format!(
            "is a link to {}, which lies outside of the folder",
            real.display()
        );
        let remedy = "copy the file itself into the folder";
        Err(Refusal::new(name, reason, remedy))
    }

    /// The path within the folder; `None` where it is no text.
    fn name(&self, path: &Path) -> Option<String> {
        let parts = path.strip_prefix(self.root).ok()?.iter();
        let parts: Option<Vec<&str>> = parts.map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }
}

/// Notes a file, with its content where that says what the model is.
fn list(path: &Path, name: String, snapshot: &mut Snapshot) -> Result<(), Refusal> {
    let unreadable = |error: std::io::Error| {
        Refusal::new(
            &name,
            format!("cannot be read: {error}"),
            "check its permissions",
        )
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let file = ListedFile {
        path: name.clone(),
        size: Some(size),
        sha256: None,
    };
    if file.is_read() || name.ends_with(".gguf") {
        let most = if file.is_read() { size } else { BEGINNING };
        let mut bytes = Vec::new();
        let opened = File::open(path).map_err(unreadable)?;
        opened
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        snapshot.contents.insert(name, bytes);
    }
    snapshot.files.push(file);
    Ok(())
}

/// The newest snapshot of a repository in a hub's cache, `models--owner--name`.
fn of_cache(folder: &Path) -> Option<PathBuf> {
    let snapshots = folder.join("snapshots");
    if !snapshots.is_dir() || folder.join("config.json").exists() {
        return None;
    }
    let main = std::fs::read_to_string(folder.join("refs/main")).ok();
    let main = main
        .map(|commit| snapshots.join(commit.trim()))
        .filter(|path| path.is_dir());
    main.or_else(|| {
        let only: Vec<PathBuf> = std::fs::read_dir(&snapshots)
            .ok()?
            .filter_map(|found| Some(found.ok()?.path()))
            .collect();
        match &*only {
            [only] => Some(only.clone()),
            _ => None,
        }
    })
}

/// The folder that the links of `…/snapshots/COMMIT` lead to.
fn blobs(folder: &Path) -> Option<PathBuf> {
    let snapshots = folder.parent()?;
    if snapshots.file_name()? != "snapshots" {
        return None;
    }
    snapshots.parent()?.join("blobs").canonicalize().ok()
}

/// The repository of a folder in a hub's cache, or the name of the folder.
fn title(folder: &Path) -> String {
    let name = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let cached = || {
        blobs(folder)?;
        let repository = name(folder.parent()?.parent()?)?;
        let (owner, name) = repository.strip_prefix("models--")?.split_once("--")?;
        Some(format!("{owner}/{name}"))
    };
    cached().or_else(|| name(folder)).unwrap_or_default()
}

fn shown(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
