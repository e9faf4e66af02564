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

/// Runs a call into a storage engine that panics where we need an error, such as qdrant-edge's `flush` on a full disk.
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

/// Both engines name files in their errors, and those are nobody's business who may see the message.
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
