//! Processes that confine themselves: what they lose and what they keep. The filter of system calls holds all threads
//! of a process, so each of these tests needs one of its own, as nextest gives it; `cargo test` makes them fail.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::thread;

use riddle_sandbox::{
    Attempt, Confinement, Layer, attempt_all, confine, confine_to_file, read_attempts,
};

/// Runs work on a thread that is confined first. The thread of the test can no longer do much either.
fn confined<T: Send + 'static>(
    confine: impl FnOnce() -> Confinement + Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> (Confinement, T) {
    let thread = thread::spawn(move || (confine(), work()));
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What must hold on any kernel of ours; where one lacks a means, that must be said.
fn refused(confinement: &Confinement, attempts: &[Attempt]) {
    for attempt in attempts {
        let says_so = confinement.seccomp.reason().is_some();
        assert!(attempt.refused || says_so, "{attempt:?}: {confinement:?}");
    }
}

#[test]
fn nothing_can_be_reached() {
    let (confinement, lines) = confined(confine, || {
        let mut lines = Vec::new();
        attempt_all(&mut lines).expect("it writes to memory");
        String::from_utf8(lines).expect("it is text")
    });
    assert_eq!(confinement.no_new_privileges, Layer::Holds);
    refused(&confinement, &read_attempts(&lines));
}

#[test]
fn memory_threads_panics_and_open_files_stay() {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(b"words").expect("it writes");
    let (_, read) = confined(confine, move || {
        use std::io::{Seek, SeekFrom};
        let memory = vec![1_u8; 64 << 20];
        let counted =
            thread::spawn(move || memory.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        assert_eq!(counted.join().expect("no panic"), 64 << 20);
        assert!(std::panic::catch_unwind(|| panic!("caught")).is_err());
        file.seek(SeekFrom::Start(0)).expect("it moves");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("it reads");
        text
    });
    assert_eq!(read, "words");
}

#[test]
fn one_file_can_be_left_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, other) = (folder.path().join("mine"), folder.path().join("other"));
    for path in [&mine, &other] {
        std::fs::write(path, "words").expect("it writes");
    }
    let (ours, theirs) = (mine.clone(), other.clone());
    let (confinement, (mine, write, other, listen)) = confined(
        move || confine_to_file(&ours),
        move || {
            (
                std::fs::read_to_string(&mine).map_err(|error| error.kind()),
                File::options()
                    .write(true)
                    .open(&mine)
                    .map(drop)
                    .map_err(|error| error.kind()),
                File::open(&theirs).map(drop).map_err(|error| error.kind()),
                std::net::TcpListener::bind("127.0.0.1:0")
                    .map(drop)
                    .map_err(|error| error.kind()),
            )
        },
    );
    assert_eq!(mine.as_deref(), Ok("words"));
    let denied = Err(ErrorKind::PermissionDenied);
    let without =
        |layer: &Layer, got: Result<(), ErrorKind>| got == denied || layer.reason().is_some();
    assert!(
        without(&confinement.landlock, write),
        "{confinement:?}: {write:?}"
    );
    assert!(
        without(&confinement.landlock, other),
        "{confinement:?}: {other:?}"
    );
    assert!(
        without(&confinement.seccomp, listen),
        "{confinement:?}: {listen:?}"
    );
}

#[test]
fn what_is_not_told_was_not_refused() {
    let attempts = read_attempts("{\"what\":\"listen\",\"refused\":true}\nnoise\n");
    assert!(attempts.len() >= 8);
    for attempt in attempts {
        assert_eq!(attempt.refused, attempt.what == "listen");
    }
}
