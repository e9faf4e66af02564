use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Longest file that is read to recognise a model, in bytes. A tokenizer's settings can have a megabyte.
const LONGEST: u64 = 4 << 20;

/// The files of a model, and the content of those that say what it is.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// `owner/name` of a repository, or the name of a folder.
    pub title: String,
    /// All of them.
    pub files: Vec<ListedFile>,
    /// By path; of a GGUF file its beginning.
    pub contents: BTreeMap<String, Vec<u8>>,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Path within the model's folder, with `/`.
    pub path: String,
    /// Length in bytes, where it is known.
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex, where the hub says it.
    pub sha256: Option<String>,
}

impl ListedFile {
    /// Whether its content is wanted before anything else is fetched.
    pub fn is_read(&self) -> bool {
        if self.size.is_some_and(|size| size > LONGEST) || !is_plain(&self.path) {
            return false;
        }
        let depth = self.path.matches('/').count();
        let name = self.path.rsplit('/').next().unwrap_or_default();
        match name {
            "config.json" => depth <= 1,
            "modules.json"
            | "config_sentence_transformers.json"
            | "tokenizer_config.json"
            | "adapter_config.json"
            | "README.md" => depth == 0,
            _ => {
                depth == 0
                    && (name.ends_with(".index.json")
                        || (name.starts_with("sentence_") && name.ends_with("_config.json")))
            }
        }
    }
}

impl Snapshot {
    pub(super) fn file(&self, path: &str) -> Option<&ListedFile> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.file(path).is_some()
    }

    pub(super) fn content(&self, path: &str) -> Option<&[u8]> {
        self.contents.get(path).map(Vec::as_slice)
    }

    /// The last part of the title.
    pub(super) fn short_title(&self) -> &str {
        self.title.rsplit('/').next().unwrap_or_default()
    }
}

/// Whether a path stays where it is put.
pub(super) fn is_plain(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty()
        && !path.contains(['\\', ':', '?', '#', '\0'])
        && parts.all(|part| matches!(part, Component::Normal(_)))
}
