//! qdrant-edge appends every update to a log that this version neither replays nor shortens.
//!
//! We flush before we record a position, so no entry of the log is ever needed again. But the newest files have to
//! stay: the next number is derived from them, and a point ignores an update with a lower number than its last one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Closed files kept: the log derives the number of the next entry from the last of them.
const KEPT: usize = 2;

/// Removes all closed files of the log except the newest. Call it only while no shard has the folder open.
pub(super) fn trim(shard: &Path) -> io::Result<()> {
    let mut closed = closed_files(shard)?;
    closed.sort_unstable();
    closed.truncate(closed.len().saturating_sub(KEPT));
    for (_, path) in closed {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// How many closed files could be removed.
pub(super) fn superfluous(shard: &Path) -> io::Result<usize> {
    Ok(closed_files(shard)?.len().saturating_sub(KEPT))
}

fn closed_files(shard: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(shard.join("wal")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut closed = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let start = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_prefix("closed-"))
            .and_then(|start| start.parse().ok());
        if let Some(start) = start {
            closed.push((start, path));
        }
    }
    Ok(closed)
}
