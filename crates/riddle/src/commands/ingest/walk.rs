use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Folders that hold no documents, only what tools make.
const TOOL_FOLDERS: [&str; 4] = ["node_modules", "target", "__pycache__", "venv"];

/// A file to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Name of the document: the path below the folder that was given, with that folder's name in front.
    pub(super) name: String,
}

/// A file or folder that is left out, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Skipped {
    pub(super) name: String,
    pub(super) reason: String,
}

/// All files below the paths, in a stable order, and what is left out.
pub(super) fn collect(
    paths: &[PathBuf],
    hidden: bool,
    max_bytes: u64,
) -> anyhow::Result<(Vec<Found>, Vec<Skipped>)> {
    let mut walk = Walk {
        hidden,
        max_bytes,
        found: Vec::new(),
        skipped: Vec::new(),
    };
    for path in paths {
        let absolute = std::path::absolute(path)?;
        let kind = std::fs::metadata(&absolute)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let name = absolute
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if kind.is_dir() {
            walk.folder(&absolute, &name);
        } else {
            walk.file(absolute, name, kind.len());
        }
    }
    if walk.found.is_empty() && walk.skipped.is_empty() {
        bail!("there are no files to add");
    }
    Ok((walk.found, walk.skipped))
}

struct Walk {
    hidden: bool,
    max_bytes: u64,
    found: Vec<Found>,
    skipped: Vec<Skipped>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, name: &str) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.skip(name, &error.to_string()),
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let leaf = entry.file_name().to_string_lossy().into_owned();
            let below = format!("{name}/{leaf}");
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => {
                    self.skip(&below, "symbolic links are not followed")
                }
                Ok(_) if leaf.starts_with('.') && !self.hidden => {
                    self.skip(&below, "hidden; add it with --hidden")
                }
                Ok(kind) if kind.is_dir() && TOOL_FOLDERS.contains(&leaf.as_str()) => {
                    self.skip(
                        &below,
                        "a folder that tools make; name it on the command line to add it",
                    );
                }
                Ok(kind) if kind.is_dir() => self.folder(&entry.path(), &below),
                Ok(kind) if kind.is_file() => match entry.metadata() {
                    Ok(metadata) => self.file(entry.path(), below, metadata.len()),
                    Err(error) => self.skip(&below, &error.to_string()),
                },
                Ok(_) => self.skip(&below, "not a regular file"),
                Err(error) => self.skip(&below, &error.to_string()),
            }
        }
    }

    fn file(&mut self, path: PathBuf, name: String, bytes: u64) {
        if bytes > self.max_bytes {
            let limit = self.max_bytes >> 20;
            return self.skip(
                &name,
                &format!("larger than {limit} MiB; raise limits.max_upload_mib to add it"),
            );
        }
        self.found.push(Found { path, name });
    }

    fn skip(&mut self, name: &str, reason: &str) {
        self.skipped.push(Skipped {
            name: name.to_owned(),
            reason: reason.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_and_what_is_left_out_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("docs");
        std::fs::create_dir_all(root.join("sub/node_modules")).expect("folders");
        std::fs::write(root.join("b.md"), "b").expect("a file");
        std::fs::write(root.join("sub/a.md"), "a").expect("a file");
        std::fs::write(root.join(".hidden"), "h").expect("a file");
        std::fs::write(root.join("big"), "too large").expect("a file");
        let (found, skipped) = collect(&[root], false, 5).expect("works");
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["docs/b.md", "docs/sub/a.md"]);
        let names: Vec<&str> = skipped
            .iter()
            .map(|skipped| skipped.name.as_str())
            .collect();
        assert_eq!(names, ["docs/.hidden", "docs/big", "docs/sub/node_modules"]);
    }

    #[test]
    fn a_missing_path_is_an_error() {
        assert!(collect(&[PathBuf::from("/no/such/path")], false, 1).is_err());
    }
}
