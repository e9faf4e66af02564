use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Folders that hold no documents, only what tools make.
const TOOL_FOLDERS: [&str; 4] = ["node_modules", "target", "__pycache__", "venv"];

const CONTROL: &str = "its name holds a control character; rename it";
const BACKSLASH: &str =
    "its name holds a backslash, which separates folders in the names of documents; rename it";
const NOT_UTF8: &str = "its name is not UTF-8; rename it";
const NOT_A_FILE: &str = "not a regular file";

/// A file to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::commands) struct FoundFile {
    /// The folder that was given, or the one of a file that was given; links on the way to it have been followed.
    pub(in crate::commands) root: PathBuf,
    /// The way from there.
    pub(in crate::commands) below: PathBuf,
    /// Name of the document: the path below the folder that was given, with that folder's name in front.
    pub(in crate::commands) name: String,
}

/// A file or folder that is left out, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::commands) struct SkippedEntry {
    pub(in crate::commands) name: String,
    pub(in crate::commands) reason: String,
}

/// All files below the paths, in a stable order, and what is left out. A path that is given may be a symbolic link,
/// which is followed; links below it are left out.
pub(in crate::commands) fn collect(
    paths: &[PathBuf],
    hidden: bool,
    max_bytes: u64,
) -> anyhow::Result<(Vec<FoundFile>, Vec<SkippedEntry>)> {
    let mut walk = Walk {
        root: PathBuf::new(),
        hidden,
        max_bytes,
        found: Vec::new(),
        skipped: Vec::new(),
    };
    for path in paths {
        let absolute = std::path::absolute(path)?;
        let cannot_read = || format!("cannot read {}", path.display());
        let real = std::fs::canonicalize(&absolute).with_context(cannot_read)?;
        let kind = std::fs::metadata(&real).with_context(cannot_read)?;
        let leaf = absolute.file_name().unwrap_or_default();
        let name = leaf.to_string_lossy().into_owned();
        if kind.is_dir() {
            walk.root = real;
            walk.folder(Path::new(""), &name);
        } else if let (Some(folder), Some(leaf)) = (real.parent(), real.file_name()) {
            walk.root = folder.to_owned();
            walk.named(leaf.into(), name, &kind);
        }
    }
    if walk.found.is_empty() && walk.skipped.is_empty() {
        bail!("there are no files to add");
    }
    Ok((walk.found, walk.skipped))
}

struct Walk {
    root: PathBuf,
    hidden: bool,
    max_bytes: u64,
    found: Vec<FoundFile>,
    skipped: Vec<SkippedEntry>,
}

impl Walk {
    fn folder(&mut self, below: &Path, name: &str) {
        let entries = match std::fs::read_dir(self.root.join(below)) {
            Ok(entries) => entries,
            Err(error) => return self.skip(name, &error.to_string()),
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let leaf = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{name}/{leaf}");
            let below = below.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => {
                    self.skip(&name, "symbolic links are not followed")
                }
                Ok(_) if leaf.starts_with('.') && !self.hidden => {
                    self.skip(&name, "hidden; add it with --hidden")
                }
                Ok(_) if problem(&entry.file_name()).is_some() => {
                    self.skip(&name, problem(&entry.file_name()).unwrap_or_default());
                }
                Ok(kind) if kind.is_dir() && TOOL_FOLDERS.contains(&leaf.as_str()) => {
                    self.skip(
                        &name,
                        "a folder that tools make; name it on the command line to add it",
                    );
                }
                Ok(kind) if kind.is_dir() => self.folder(&below, &name),
                Ok(kind) if kind.is_file() => match entry.metadata() {
                    Ok(metadata) => self.file(below, name, metadata.len()),
                    Err(error) => self.skip(&name, &error.to_string()),
                },
                Ok(_) => self.skip(&name, NOT_A_FILE),
                Err(error) => self.skip(&name, &error.to_string()),
            }
        }
    }

    /// A file that was given itself.
    fn named(&mut self, below: PathBuf, name: String, metadata: &std::fs::Metadata) {
        if let Some(problem) = problem(below.as_os_str()) {
            self.skip(&name, problem);
        } else if metadata.is_file() {
            self.file(below, name, metadata.len());
        } else {
            self.skip(&name, NOT_A_FILE);
        }
    }

    fn file(&mut self, below: PathBuf, name: String, bytes: u64) {
        if bytes > self.max_bytes {
            let limit = self.max_bytes >> 20;
            return self.skip(
                &name,
                &format!("larger than {limit} MiB; raise limits.max_upload_mib to add it"),
            );
        }
        self.found.push(FoundFile {
            root: self.root.clone(),
            below,
            name,
        });
    }

    fn skip(&mut self, name: &str, reason: &str) {
        self.skipped.push(SkippedEntry {
            name: printable(name),
            reason: reason.to_owned(),
        });
    }
}

/// Why a file or folder of this name cannot be sent under it: the name would be another one on its way.
fn problem(leaf: &OsStr) -> Option<&'static str> {
    match leaf.to_str() {
        None => Some(NOT_UTF8),
        Some(name) if name.chars().any(char::is_control) => Some(CONTROL),
        Some(name) if name.contains('\\') => Some(BACKSLASH),
        Some(_) => None,
    }
}

/// The name as it can be printed without moving the cursor.
fn printable(name: &str) -> String {
    let mut printable = String::new();
    for character in name.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
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
    fn odd_names_are_sent_or_left_out_with_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("docs");
        std::fs::create_dir_all(root.join("a\tfolder")).expect("folders");
        std::fs::write(root.join("a\tfolder/b.md"), "b").expect("a file");
        for name in [
            "line\nbreak.md",
            "quo\"te.md",
            "semi;colon.md",
            "手册.md",
            "back\\slash.md",
        ] {
            std::fs::write(root.join(name), "text").expect("a file");
        }
        let latin = std::os::unix::ffi::OsStrExt::from_bytes(b"caf\xe9.md");
        let latin: &OsStr = latin;
        std::fs::write(root.join(latin), "text").expect("a file");
        let (found, skipped) = collect(std::slice::from_ref(&root), false, 5).expect("works");
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        let sent = ["docs/quo\"te.md", "docs/semi;colon.md", "docs/手册.md"];
        assert_eq!(names, sent);
        let skipped: Vec<_> = skipped.into_iter().map(|s| (s.name, s.reason)).collect();
        let left_out = [
            ("docs/a\\tfolder", CONTROL),
            ("docs/back\\slash.md", BACKSLASH),
            ("docs/caf\u{FFFD}.md", NOT_UTF8),
            ("docs/line\\nbreak.md", CONTROL),
        ];
        assert_eq!(
            skipped,
            left_out.map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        );

        let named = collect(&[root.join("line\nbreak.md")], false, 5).expect("works");
        assert_eq!((named.0.len(), named.1.len()), (0, 1));
    }

    #[test]
    fn links_are_followed_where_they_are_given_and_nowhere_below() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("docs");
        std::fs::create_dir_all(&root).expect("folders");
        std::fs::write(root.join("a.md"), "a").expect("a file");
        symlink(root.join("a.md"), root.join("b.md")).expect("a link");
        symlink(&root, folder.path().join("link")).expect("a link");
        let given = [folder.path().join("link"), root.join("b.md")];
        let (found, skipped) = collect(&given, false, 5).expect("works");
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["link/a.md", "b.md"]);
        assert_eq!(skipped.len(), 1);
        for found in found {
            assert!(super::super::open::open(&found.root, &found.below).is_ok());
        }
    }

    #[test]
    fn a_missing_path_is_an_error() {
        assert!(collect(&[PathBuf::from("/no/such/path")], false, 1).is_err());
    }
}
