//! The limits that the worker puts on itself before it opens a document.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::protocol::Request;

/// Files that a parser may hold open.
const OPEN_FILES: u64 = 64;
/// Bytes that a parser may write to files: none. Pipes are not files and still work.
const FILE_BYTES: u64 = 0;

/// Sets the limits for the next document. Memory, files and dumps are limited once and for all. CPU time is counted
/// from the start of the process, so its limit is raised by the time used so far.
pub(super) fn apply(request: &Request) -> io::Result<()> {
    lower(Resource::As, request.memory_bytes)?;
    lower(Resource::Core, 0)?;
    lower(Resource::Fsize, FILE_BYTES)?;
    lower(Resource::Nofile, OPEN_FILES)?;
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec.unsigned_abs();
    let current = getrlimit(Resource::Cpu);
    // One second more, because the used time was rounded down.
    let wanted = used.saturating_add(request.cpu_seconds).saturating_add(1);
    setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(
                current
                    .maximum
                    .map_or(wanted, |maximum| wanted.min(maximum)),
            ),
            maximum: current.maximum,
        },
    )?;
    Ok(())
}

/// Lowers a limit for good; one that is lower already stays.
fn lower(resource: Resource, limit: u64) -> io::Result<()> {
    let current = getrlimit(resource);
    let lowest = current.maximum.map_or(limit, |maximum| limit.min(maximum));
    setrlimit(
        resource,
        Rlimit {
            current: Some(lowest),
            maximum: Some(lowest),
        },
    )?;
    Ok(())
}
