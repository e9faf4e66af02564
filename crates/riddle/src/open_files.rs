//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than any server needs; a limit without end makes programs that close every possible file slow.
const ENOUGH: u64 = 1 << 20;
/// Files beside those of connections: database, indexes, models, the pipes of extraction.
const OWN_FILES: u64 = 256;
/// A socket, and the file that an upload is written to.
const FILES_OF_A_CONNECTION: u64 = 2;
/// With fewer a browser alone would have to wait.
const FEWEST: usize = 16;

/// Raises the limit on open files as far as this process may, and returns it.
pub(crate) fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(ENOUGH);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= allowed {
        return current;
    }
    let raised = Rlimit {
        current: Some(allowed),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => allowed,
        Err(error) => {
            tracing::warn!(%error, limit = current, "the limit on open files cannot be raised");
            current
        }
    }
}

/// How many of the wanted connections the limit leaves room for.
pub(crate) fn connections(open_files: u64, wanted: usize) -> usize {
    let room = open_files.saturating_sub(OWN_FILES) / FILES_OF_A_CONNECTION;
    let room = usize::try_from(room).unwrap_or(usize::MAX).max(FEWEST);
    wanted.clamp(1, room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_the_limit_on_open_files() {
        assert_eq!(connections(1 << 20, 1_024), 1_024);
        assert_eq!(connections(1_024, 1_024), 384);
        assert_eq!(connections(64, 1_024), FEWEST);
        assert_eq!(connections(1_024, 0), 1);
    }
}
