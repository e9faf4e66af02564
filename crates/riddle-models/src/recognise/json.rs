use serde_json::Value;

use super::{Refusal, Snapshot};

/// The content of a JSON object that may be absent.
pub(super) fn read_if_there(snapshot: &Snapshot, path: &str) -> Result<Option<Value>, Refusal> {
    snapshot
        .content(path)
        .map(|bytes| parsed(path, bytes))
        .transpose()
}

/// The content of one that must be there.
pub(super) fn read(snapshot: &Snapshot, path: &str) -> Result<Value, Refusal> {
    match snapshot.content(path) {
        Some(bytes) => parsed(path, bytes),
        None if snapshot.has(path) => Err(Refusal::new(
            path,
            "is too long to be what its name says",
            "fetch the model again, or use another copy of it",
        )),
        None => Err(Refusal::new(
            path,
            "is missing",
            "name the folder or repository that holds it, as `save_pretrained` writes it",
        )),
    }
}

fn parsed(path: &str, bytes: &[u8]) -> Result<Value, Refusal> {
    let again = "fetch the model again, or use another copy of it";
    let start: Vec<u8> = bytes
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take(9)
        .map(u8::to_ascii_lowercase)
        .collect();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") {
        return Err(Refusal::new(
            path,
            "is a web page that was saved under this name",
            again,
        ));
    }
    if bytes.starts_with(b"version https://git-lfs") {
        let remedy = "run `git lfs pull` in the clone that it comes from";
        return Err(Refusal::new(
            path,
            "is a git-lfs pointer, not the file itself",
            remedy,
        ));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::new(path, format!("is not valid JSON: {error}"), again))
}

/// A number of `value` by the first of several names that it has.
pub(super) fn number(value: &Value, names: &[&str]) -> Option<usize> {
    names
        .iter()
        .find_map(|name| value[*name].as_u64())
        .and_then(|number| usize::try_from(number).ok())
}
