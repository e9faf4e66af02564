use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalogue::CatalogueFile;
use crate::on_disk::replace;

/// The source of a file that a person has put into the folder.
pub(super) const FOUND: &str = "found in the models folder";

const FILE: &str = "manifest.json";

/// What is known about the files in a model's folder. Lies there as `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Catalogue name.
    pub model: String,
    /// Its files, in the catalogue's order.
    pub files: Vec<ManifestFile>,
}

/// What is known about one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Path within the model's folder.
    pub path: String,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Why the hash is believed.
    pub trust: Trust,
    /// The source in words.
    pub source: String,
}

/// Why a hash is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// It stands in the catalogue.
    Catalogue,
    /// The hub announced it before the download.
    Announced,
    /// It is what the first download gave.
    FirstUse,
}

impl Manifest {
    pub(super) fn empty(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            files: Vec::new(),
        }
    }

    /// The manifest in `folder`, or an empty one; a damaged one counts as absent, for it can be made again.
    pub(super) fn read(folder: &Path, model: &str) -> Self {
        let Ok(bytes) = std::fs::read(folder.join(FILE)) else {
            return Self::empty(model);
        };
        serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::warn!(model, %error, "the manifest of a model is damaged and is made again");
            Self::empty(model)
        })
    }

    /// Replaces the manifest in `folder` as a whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> std::io::Result<()> {
        let mut content = serde_json::to_vec_pretty(self)?;
        content.push(b'\n');
        replace(folder, FILE, &content)
    }

    pub(super) fn file(&self, path: &str) -> Option<&ManifestFile> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(super) fn record(&mut self, file: ManifestFile) {
        match self.files.iter_mut().find(|known| known.path == file.path) {
            Some(known) => *known = file,
            None => self.files.push(file),
        }
    }
}

impl ManifestFile {
    /// A sound file that no pull and no import brought.
    pub(super) fn found(file: &CatalogueFile, size: u64, sha256: String) -> Self {
        Self {
            path: file.path.clone(),
            size,
            sha256,
            trust: match file.sha256 {
                Some(_) => Trust::Catalogue,
                None => Trust::FirstUse,
            },
            source: FOUND.to_owned(),
        }
    }
}
