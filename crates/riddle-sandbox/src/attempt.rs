//! What a confined process must not be able to do, tried by itself.

use std::fs::File;
use std::io::{self, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::child::command;

/// What was tried and whether the kernel refused it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// In words.
    pub what: String,
    /// Whether it was refused.
    pub refused: bool,
}

type Try = (&'static str, fn() -> io::Result<()>);

/// The last one replaces this process if it succeeds.
const TRIES: &[Try] = &[
    ("open a file", || File::open("/etc/passwd").map(drop)),
    ("write a file", || {
        File::options().write(true).open("/dev/null").map(drop)
    }),
    ("listen", || TcpListener::bind("127.0.0.1:0").map(drop)),
    ("send to the network", || {
        UdpSocket::bind("127.0.0.1:0").map(drop)
    }),
    ("open a socket", || UnixStream::pair().map(drop)),
    ("signal another process", signal_parent),
    ("start a process", || {
        command("/nonexistent", Path::new("/")).spawn().map(drop)
    }),
    ("become another program", || {
        Err(command("true", Path::new("/")).exec())
    }),
];

fn signal_parent() -> io::Result<()> {
    let parent = rustix::process::getppid().ok_or(io::ErrorKind::NotFound)?;
    Ok(rustix::process::test_kill_process(parent)?)
}

/// Tries them all and writes a line about each; one whose line is missing was not refused.
///
/// # Errors
/// A line cannot be written.
pub fn attempt_all(mut output: impl Write) -> io::Result<()> {
    for (what, attempt) in TRIES {
        let outcome = attempt();
        let kind = outcome.as_ref().err().map(io::Error::kind);
        let line = Attempt {
            what: (*what).to_owned(),
            // `NotFound` means that it was allowed to look.
            refused: kind == Some(io::ErrorKind::PermissionDenied),
        };
        serde_json::to_writer(&mut output, &line)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

/// What the lines of [`attempt_all`] say.
pub fn read_attempts(lines: &str) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    for (what, _) in TRIES {
        if !attempts.iter().any(|attempt| attempt.what == *what) {
            attempts.push(Attempt {
                what: (*what).to_owned(),
                refused: false,
            });
        }
    }
    attempts
}
