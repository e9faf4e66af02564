use std::fmt::Display;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use riddle_core::IndexError;
use riddle_qdrant::Failure;
use rustix::io::Errno;

/// Name of the tantivy store in errors, digests and logs.
pub(crate) const LEXICAL: &str = "bm25";
/// Name of the vector store in errors, digests and logs.
pub(crate) const VECTORS: &str = "vectors";

pub(crate) fn lexical_error(error: impl Display) -> IndexError {
    index_error(LEXICAL, &error.to_string())
}

pub(crate) fn vector_error(error: impl Display) -> IndexError {
    index_error(VECTORS, &error.to_string())
}

/// The failure of a server of vectors. Whatever it is, words alone can answer, and the same call may succeed later.
pub(crate) fn server_error(failure: Failure) -> IndexError {
    if let Failure::Unreachable { cause } = &failure {
        tracing::debug!(store = VECTORS, cause, "the server cannot be reached");
    }
    IndexError {
        // What the server says of a disk is of its own.
        is_disk_full: false,
        is_away: true,
        ..vector_error(failure)
    }
}

/// Turns a panic of a storage engine into an error: qdrant-edge, for example, panics in `flush` when the disk is full.
pub(crate) fn contain_panics<T>(
    store: &'static str,
    call: impl FnOnce() -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown failure".to_owned());
        Err(IndexError {
            has_panicked: true,
            ..index_error(store, &format!("the storage engine stopped: {message}"))
        })
    })
}

/// Removes file names, which both engines put into their errors: users may see the message, but not the paths of the
/// server.
fn index_error(store: &'static str, message: &str) -> IndexError {
    let words: Vec<&str> = message
        .split_whitespace()
        .map(|word| {
            if word.contains(['/', '\\']) {
                "(a file)"
            } else {
                word
            }
        })
        .collect();
    IndexError {
        store,
        is_disk_full: says_disk_full(message),
        has_panicked: false,
        is_away: false,
        message: words.join(" "),
    }
}

/// Whether a text has the operating system's words for a disk without room. The engines give the error in no other way,
/// in a panic least of all.
fn says_disk_full(message: &str) -> bool {
    [Errno::NOSPC, Errno::DQUOT].into_iter().any(|errno| {
        let words = io::Error::from(errno).to_string();
        let words = words.split(" (os error").next();
        words.is_some_and(|words| message.contains(words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_no_paths() {
        assert!(!vector_error("no such file").is_disk_full);
        let error = vector_error("failed to load \"/home/me/data/x.json\": no such file");
        assert_eq!(error.message, "failed to load (a file) no such file");
        let error =
            contain_panics::<()>(LEXICAL, || panic!("cannot write /tmp/x")).expect_err("panics");
        assert_eq!(
            error.message,
            "the storage engine stopped: cannot write (a file)"
        );
        assert!(error.has_panicked && !lexical_error("no such file").has_panicked);
    }

    #[test]
    fn a_disk_without_room_is_known_in_an_error_and_in_a_panic() {
        for errno in [Errno::NOSPC, Errno::DQUOT] {
            let error = io::Error::from(errno);
            assert!(lexical_error(format!("commit failed: {error}")).is_disk_full);
            let panicked = contain_panics::<()>(VECTORS, || panic!("flush: {error:?}"));
            assert!(panicked.expect_err("panics").is_disk_full);
        }
    }

    #[test]
    fn a_full_disk_of_another_machine_is_none_of_this_one() {
        let words = io::Error::from(Errno::NOSPC).to_string();
        let error = server_error(Failure::Failed(words));
        assert!(error.is_away && !error.is_disk_full, "{error:?}");
    }
}
