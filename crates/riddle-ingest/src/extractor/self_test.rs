use std::io::{self, Read};

use riddle_sandbox::{Attempt, Confinement, read_attempts};

use super::ExtractorOptions;
use super::child::read_greeting;

/// The argument, after all others, with which the program must lead to [`crate::run_worker_self_test`].
pub const SELF_TEST: &str = "--self-test";

/// What a worker on this machine can and cannot do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SelfTest {
    /// Which means hold it.
    pub confinement: Confinement,
    /// What it tried that no parser needs.
    pub attempts: Vec<Attempt>,
}

/// Has a worker try what it must not be able to do. Blocks for as long as a program takes to start and end.
///
/// # Errors
/// The program cannot be started, or is no worker.
pub fn self_test(options: &ExtractorOptions) -> io::Result<SelfTest> {
    let output = options.program().command().arg(SELF_TEST).output()?;
    let mut said = output.stdout.as_slice();
    let confinement = read_greeting(&mut said)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut lines = String::new();
    said.read_to_string(&mut lines)?;
    Ok(SelfTest {
        confinement,
        attempts: read_attempts(&lines),
    })
}
