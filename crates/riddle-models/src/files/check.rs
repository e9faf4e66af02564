//! Tells by its content whether a file is what its name and the catalogue say.

mod config;
mod gguf;
mod onnx;
mod safetensors;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::file_kind::FileKind;
use super::opening::Opening;
use crate::catalogue::{CatalogueEntry, WeightsFormat};
use crate::tokenizer::VOCABULARY;

/// No vocabulary is as long, and one is read whole.
const LONGEST_VOCABULARY: u64 = 16 << 20;
/// Enough to recognise a pointer file or a web page.
const HEAD: u64 = 512;

/// What is wrong with a file and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {remedy}")]
pub struct FileProblem {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// Whether the file was not looked into, so that it may be sound.
    pub(super) untried: bool,
}

impl FileProblem {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            remedy: remedy.into(),
            untried: false,
        }
    }
}

/// The header of weights.
pub(super) fn safetensors(path: &Path, size: u64) -> Result<(), FileProblem> {
    safetensors::check(path, size, "fetch it again")
}

/// The outline of a graph.
pub(super) fn onnx(path: &Path, size: u64) -> Result<(), FileProblem> {
    onnx::check(path, size, "fetch it again")
}

/// Checks the file at `on_disk`, which is or becomes `path` of the model. Blocks; reads little of large files. What
/// could crash its reader is opened elsewhere first.
pub(super) fn check(
    opening: &Opening,
    entry: &CatalogueEntry,
    path: &str,
    on_disk: &Path,
) -> Result<(), FileProblem> {
    let unreadable = |error: std::io::Error| {
        FileProblem::new(
            format!("cannot be read: {error}"),
            "check the permissions of the models folder",
        )
    };
    let mut file = File::open(on_disk).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut head = Vec::new();
    Read::by_ref(&mut file)
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    refuse_stand_ins(entry, path, &head, size)?;
    if let Some(kind) = FileKind::of(entry, path) {
        opening.open(kind, on_disk)?;
    }
    let again = pull_again(entry);
    match (path, entry.format) {
        ("config.json", _) => config::check_config(entry, on_disk),
        ("tokenizer.json", _) => config::check_tokenizer(entry, on_disk),
        (VOCABULARY, _) if size > LONGEST_VOCABULARY => {
            Err(FileProblem::new("is larger than any vocabulary", again))
        }
        (weights, WeightsFormat::Onnx) if weights == entry.weights => {
            onnx::check(on_disk, size, &again)
        }
        (weights, WeightsFormat::Gguf) if weights == entry.weights => {
            gguf::check(on_disk, size, entry)
        }
        // Weights may be in several files, which an index lists.
        _ if path.ends_with(".safetensors") => safetensors::check(on_disk, size, &again),
        _ if path.ends_with(".safetensors.index.json") => config::check_index(entry, on_disk),
        _ if path.ends_with(".json") => config::check_json(entry, on_disk).map(drop),
        _ => Ok(()),
    }
}

/// A file that is absent.
pub(super) fn missing(entry: &CatalogueEntry, path: &str) -> FileProblem {
    let remedy = if path == "tokenizer.json" {
        format!(
            "{}, or save the tokenizer in its fast form, which writes this file",
            pull_again(entry)
        )
    } else {
        pull_again(entry)
    };
    FileProblem::new("is missing", remedy)
}

pub(super) fn pull_again(entry: &CatalogueEntry) -> String {
    format!("fetch it with `riddle models pull {}`", entry.name)
}

/// What is found in place of a model file when a download or a clone went wrong.
fn refuse_stand_ins(
    entry: &CatalogueEntry,
    path: &str,
    head: &[u8],
    size: u64,
) -> Result<(), FileProblem> {
    if size == 0 {
        return Err(FileProblem::new("is empty", pull_again(entry)));
    }
    if head.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(FileProblem::new(
            format!("is a git-lfs pointer of {size} bytes, not the file itself"),
            format!(
                "run `git lfs pull` in the clone it comes from and import again, or {}",
                pull_again(entry)
            ),
        ));
    }
    let start: Vec<u8> = head
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace() || [0xEF, 0xBB, 0xBF].contains(*byte))
        .take(16)
        .map(u8::to_ascii_lowercase)
        .collect();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") || start.starts_with(b"<?xml")
    {
        return Err(FileProblem::new(
            "is a web page that was saved under this name",
            format!(
                "check the address of the hub or mirror and whether it asks for a login, then {}",
                pull_again(entry)
            ),
        ));
    }
    if start.starts_with(b"{\"error\"") && path == entry.weights {
        return Err(FileProblem::new(
            "is an error message of a server that was saved under this name",
            pull_again(entry),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
