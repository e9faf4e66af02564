//! The last step of every source: a file that is complete is checked and takes its place.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::check::{FileProblem, check};
use super::error::ModelFileError;
use super::manifest::{ManifestFile, Trust};
use super::opening::Opening;
use crate::catalogue::{CatalogueEntry, CatalogueFile};
use crate::on_disk::sync_folder;
use riddle_checkpoint::size_and_sha256;

/// Where a file lies until it is complete and checked.
pub(super) fn partial_path(folder: &Path, file: &str) -> PathBuf {
    let mut name = OsString::from(folder.join(file));
    name.push(".partial");
    name.into()
}

/// A complete file in its `.partial` place.
pub(super) struct Arrival<'a> {
    pub(super) opening: &'a Opening,
    pub(super) entry: &'a CatalogueEntry,
    pub(super) file: &'a CatalogueFile,
    pub(super) folder: &'a Path,
    /// The hash that the source announced, if it did.
    pub(super) announced: Option<&'a str>,
    /// The source in words.
    pub(super) source: &'a str,
}

/// Checks the file and moves it to its place; one that fails is removed, and one that could not be looked into waits
/// for the next attempt. Blocks.
pub(super) fn install(arrival: &Arrival<'_>) -> Result<ManifestFile, ModelFileError> {
    let partial = partial_path(arrival.folder, &arrival.file.path);
    let checked = record(arrival, &partial);
    if let Err(error @ ModelFileError::BadFile { .. }) = &checked
        && !error.leaves_untried()
    {
        discard(&partial);
    }
    let recorded = checked?;
    place(arrival, &partial).map_err(|error| {
        ModelFileError::unwritable(&arrival.entry.name, &arrival.file.path, error)
    })?;
    Ok(recorded)
}

/// Removes a partial file with what is noted about it.
pub(super) fn discard(partial: &Path) {
    for path in [partial.to_owned(), tag_path(partial)] {
        if let Err(error) = std::fs::remove_file(path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a partial model file cannot be removed");
        }
    }
}

/// Where the entity tag of a partial file is noted.
pub(super) fn tag_path(partial: &Path) -> PathBuf {
    let mut name = OsString::from(partial);
    name.push(".etag");
    name.into()
}

fn record(arrival: &Arrival<'_>, partial: &Path) -> Result<ManifestFile, ModelFileError> {
    let Arrival { entry, file, .. } = arrival;
    let (size, sha256) = size_and_sha256(partial)
        .map_err(|error| ModelFileError::unreadable(&entry.name, &file.path, error))?;
    let bad = |trouble| ModelFileError::BadFile {
        model: entry.name.clone(),
        file: file.path.clone(),
        trouble,
    };
    check(arrival.opening, entry, &file.path, partial).map_err(bad)?;
    let trust = match (&file.sha256, arrival.announced) {
        (Some(known), _) if *known != sha256 => {
            return Err(bad(wrong_hash(entry, "the catalogue", known, &sha256)));
        }
        (Some(_), _) => Trust::Catalogue,
        (None, Some(announced)) if announced != sha256 => {
            return Err(bad(wrong_hash(entry, "the hub", announced, &sha256)));
        }
        (None, Some(_)) => Trust::Announced,
        (None, None) => Trust::FirstUse,
    };
    Ok(ManifestFile {
        path: file.path.clone(),
        size,
        sha256,
        trust,
        source: arrival.source.to_owned(),
    })
}

pub(super) fn wrong_hash(
    entry: &CatalogueEntry,
    who: &str,
    expected: &str,
    found: &str,
) -> FileProblem {
    FileProblem::new(
        format!("has the SHA-256 {found} where {who} says {expected}"),
        format!(
            "fetch it again with `riddle models pull {}`; if that repeats, the source serves another file: compare the revision and the mirror, or give this file an entry of its own in your catalogue",
            entry.name
        ),
    )
}

fn place(arrival: &Arrival<'_>, partial: &Path) -> std::io::Result<()> {
    std::fs::File::open(partial)?.sync_all()?;
    let target = arrival.folder.join(&arrival.file.path);
    std::fs::rename(partial, &target)?;
    arrival.opening.moved(partial, &target);
    discard(partial);
    target.parent().map_or(Ok(()), sync_folder)
}
