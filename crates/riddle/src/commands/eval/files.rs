use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use indicatif::HumanBytes;
use riddle_http::MAX_JSON_BYTES;
use serde::Serialize;

use crate::api::ApiError;
use crate::commands::ingest::{open, walk};
use crate::output;

/// Bytes of a body that the server takes.
const MAX_BODY_BYTES: u64 = MAX_JSON_BYTES as u64;
/// Endings of files that sets come in.
const ENDINGS: [&str; 10] = [
    "json", "jsonl", "ndjson", "tsv", "csv", "txt", "trec", "qrels", "qrel", "topics",
];

/// A file of a set, as the server takes it.
#[derive(Serialize, PartialEq, Eq, Debug)]
pub(super) struct SetFile {
    /// Its path in the folder that was given, with `/` between the parts.
    name: String,
    content: String,
}

/// What is said of files that are more than the server takes.
#[derive(Clone, Copy)]
pub(super) struct TooLarge<'a> {
    /// Which files.
    pub(super) what: &'a str,
    /// What to do instead.
    pub(super) instead: &'a str,
}

impl TooLarge<'_> {
    fn check(self, bytes: u64) -> anyhow::Result<()> {
        let Self { what, instead } = self;
        let (size, most) = (HumanBytes(bytes), HumanBytes(MAX_BODY_BYTES));
        ensure!(
            bytes <= MAX_BODY_BYTES,
            ApiError {
                code: "payload_too_large".to_owned(),
                message: format!(
                    "{what} come to {size}, and the server takes {most} at once; {instead}"
                ),
            }
        );
        Ok(())
    }
}

/// The files to send, of which there may be none; refuses those that the server would not take.
pub(super) fn read_to_send(
    paths: &[PathBuf],
    too_large: TooLarge<'_>,
) -> anyhow::Result<Vec<SetFile>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let (files, bytes) = read(paths, MAX_BODY_BYTES)?;
    too_large.check(bytes)?;
    Ok(files)
}

/// Refuses a body with files that the server would not take: as JSON they are longer than they are themselves.
pub(super) fn check_body(body: &impl Serialize, too_large: TooLarge<'_>) -> anyhow::Result<()> {
    too_large.check(serde_json::to_vec(body)?.len() as u64)
}

/// The files that are named, and those of a set below folders that are named. Also returns how many bytes they have;
/// what goes beyond `most` is counted and not read.
fn read(paths: &[PathBuf], most: u64) -> anyhow::Result<(Vec<SetFile>, u64)> {
    let (found, skipped) = walk::collect(paths, false, u64::MAX)?;
    for skipped in skipped {
        output::note(&format!("left out {}: {}", skipped.name, skipped.reason));
    }
    let mut names = BTreeSet::new();
    let (mut files, mut bytes) = (Vec::new(), 0_u64);
    for file in found {
        // The folder that was given stands in front of what is below it.
        let below = file.name.split_once('/').map(|(_folder, below)| below);
        if below.is_some() && !has_ending(&file.name) {
            output::note(&format!("left out {}: no file of a set ends so", file.name));
            continue;
        }
        let name = below.unwrap_or(&file.name).to_owned();
        let room = most.saturating_sub(bytes);
        let (size, content) = text_of(&file.root, &file.below, room)
            .with_context(|| format!("cannot read {}", file.name))?;
        bytes = bytes.saturating_add(size);
        if !names.insert(name.clone()) {
            bail!(ApiError::invalid(format!(
                "two files are named {name}; give one folder, or files of different names"
            )));
        }
        files.extend(content.map(|content| SetFile { name, content }));
    }
    if names.is_empty() {
        bail!(ApiError::invalid(format!(
            "there are no files of a set; they end in {}",
            ENDINGS.join(", ")
        )));
    }
    Ok((files, bytes))
}

/// Whether a name is one of a file that sets come in.
pub(super) fn has_ending(name: &str) -> bool {
    let ending = Path::new(name)
        .extension()
        .and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_lowercase().as_str()))
}

/// The bytes of a file, and its text if there is room for it.
fn text_of(root: &Path, below: &Path, room: u64) -> anyhow::Result<(u64, Option<String>)> {
    let (file, size) = open::open(root, below)?;
    if size > room {
        return Ok((size, None));
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    file.take(room.saturating_add(1)).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    if read > room {
        return Ok((read, None));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ApiError::invalid(format!("it is not UTF-8 at byte {at}; save it as UTF-8"))
    })?;
    Ok((read, Some(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = 1_000;

    fn named(files: &[SetFile]) -> Vec<(&str, &str)> {
        let named = files
            .iter()
            .map(|file| (file.name.as_str(), file.content.as_str()));
        named.collect()
    }

    #[test]
    fn files_of_a_folder_are_named_by_their_way_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("set");
        std::fs::create_dir_all(root.join("qrels")).expect("folders");
        for (name, text) in [
            ("corpus.jsonl", "c"),
            ("qrels/test.TSV", "q"),
            ("README.md", "no file of a set"),
            (".hidden.json", "h"),
        ] {
            std::fs::write(root.join(name), text).expect("a file");
        }
        let (files, bytes) = read(std::slice::from_ref(&root), MOST).expect("reads");
        assert_eq!(
            named(&files),
            [("corpus.jsonl", "c"), ("qrels/test.TSV", "q")]
        );
        assert_eq!(bytes, 2);

        // A file that is named is taken whatever its name.
        let (files, _) = read(&[root.join("README.md")], MOST).expect("reads");
        assert_eq!(named(&files), [("README.md", "no file of a set")]);
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("set");
        std::fs::create_dir_all(&root).expect("a folder");
        std::fs::write(root.join("a.csv"), "question\n").expect("a file");
        let huge = std::fs::File::create(root.join("b.csv")).expect("a file");
        // A hole, which takes nothing of the disk and would take all memory.
        huge.set_len(1 << 40).expect("a hole");
        let (files, bytes) = read(std::slice::from_ref(&root), MOST).expect("reads");
        assert_eq!(named(&files), [("a.csv", "question\n")]);
        assert_eq!(bytes, (1 << 40) + 9);
    }

    #[test]
    fn a_body_counts_as_it_is_sent() {
        let too_large = TooLarge {
            what: "the files",
            instead: "send fewer",
        };
        // Each of these takes two bytes, and two more stand around them.
        let quotes = |count| "\"".repeat(count);
        let most = MAX_JSON_BYTES / 2 - 1;
        check_body(&quotes(most), too_large).expect("it just fits");
        let error = check_body(&quotes(most + 1), too_large).expect_err("is refused");
        assert_eq!(
            error.to_string(),
            "the files come to 32.00 MiB, and the server takes 32.00 MiB at once; send fewer"
        );
    }

    #[test]
    fn what_cannot_be_a_set_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("set");
        std::fs::create_dir_all(&root).expect("a folder");
        std::fs::write(root.join("a.md"), "a").expect("a file");
        let refused =
            |paths: &[PathBuf]| format!("{:#}", read(paths, MOST).expect_err("is refused"));
        assert!(refused(std::slice::from_ref(&root)).contains("jsonl"));
        std::fs::write(root.join("a.csv"), b"question\nna\xefve\n").expect("a file");
        let error = refused(std::slice::from_ref(&root));
        assert!(
            error.contains("a.csv") && error.contains("UTF-8"),
            "{error}"
        );
        std::fs::write(root.join("a.csv"), "question\n").expect("a file");
        let error = refused(&[root.join("a.csv"), root.join("a.csv")]);
        assert!(error.contains("two files"), "{error}");
    }
}
