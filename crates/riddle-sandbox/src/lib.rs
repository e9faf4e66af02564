//! Child processes that read what nobody vouches for: how they are started ([`command`]), what they may use
//! ([`limit`]), and what the kernel refuses them from then on ([`confine`]). What a kernel cannot refuse is reported
//! and gone without, so that a server runs on any.

mod attempt;
mod child;
mod confine;
#[cfg(target_os = "linux")]
mod files;
mod limit;
#[cfg(target_os = "linux")]
mod system_calls;

pub use attempt::{Attempt, attempt_all, read_attempts};
pub use child::command;
pub use confine::{Confinement, Layer, confine, confine_to_file};
pub use limit::{Limits, limit};
