use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use riddle_core::IndexError;

/// Name of the tantivy store in errors, digests and logs.
pub(crate) const LEXICAL: &str = "bm25";
/// Name of the vector store in errors, digests and logs.
pub(crate) const VECTORS: &str = "vectors";

pub(crate) fn lexical_error(error: impl Display) -> IndexError {
    IndexError {
        store: LEXICAL,
        message: error.to_string(),
    }
}

pub(crate) fn vector_error(error: impl Display) -> IndexError {
    IndexError {
        store: VECTORS,
        message: error.to_string(),
    }
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
        Err(IndexError {
            store,
            message: format!("the storage engine stopped: {message}"),
        })
    })
}
