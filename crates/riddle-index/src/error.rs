use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use riddle_core::IndexError;

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
        Err(index_error(
            store,
            &format!("the storage engine stopped: {message}"),
        ))
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
        message: words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_no_paths() {
        let error = vector_error("failed to load \"/home/me/data/x.json\": no such file");
        assert_eq!(error.message, "failed to load (a file) no such file");
        let error =
            contain_panics::<()>(LEXICAL, || panic!("cannot write /tmp/x")).expect_err("panics");
        assert_eq!(
            error.message,
            "the storage engine stopped: cannot write (a file)"
        );
    }
}
