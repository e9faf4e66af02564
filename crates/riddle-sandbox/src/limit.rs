use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// Files that a confined process may hold open.
const OPEN_FILES: u64 = 64;
/// Bytes that it may write to files: none. Pipes are not files and still work.
const FILE_BYTES: u64 = 0;

/// What this process may use from now on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Address space in bytes, the program included.
    pub memory_bytes: u64,
    /// CPU time in seconds, from now on.
    pub cpu_seconds: u64,
}

/// Limits memory, files, dumps and CPU time of this process. All but the CPU time is for good.
///
/// # Errors
/// The system does not set a limit.
pub fn limit(limits: Limits) -> io::Result<()> {
    lower(Resource::As, limits.memory_bytes)?;
    lower(Resource::Core, 0)?;
    lower(Resource::Fsize, FILE_BYTES)?;
    lower(Resource::Nofile, OPEN_FILES)?;
    limit_cpu_seconds(limits.cpu_seconds)
}

/// Gives this process `seconds` of CPU time from now on. The system counts from the start of the process, so the limit
/// is raised by the time used so far.
///
/// # Errors
/// The system does not set the limit.
fn limit_cpu_seconds(seconds: u64) -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec.unsigned_abs();
    let current = getrlimit(Resource::Cpu);
    // One second more, because the used time was rounded down.
    let wanted = used.saturating_add(seconds).saturating_add(1);
    let within = |maximum: u64| wanted.min(maximum);
    setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(current.maximum.map_or(wanted, within)),
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
