//! How an answer is kept: the domain's own fields as JSON, with a version, apart from the public JSON.

use riddle_core::{Answer, StoreError};
use serde::{Deserialize, Serialize};

use crate::rows::to_json;

/// Raised when a stored answer could no longer be read as it is; fields with a default do not raise it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    answer: &'a Answer,
}

#[derive(Deserialize)]
struct Read {
    version: u32,
    answer: Answer,
}

/// An answer as it is stored.
pub(super) fn write(answer: &Answer) -> Result<String, StoreError> {
    to_json(&Written {
        version: VERSION,
        answer,
    })
}

/// A stored answer. One that this version cannot read is left out, so that the rest of the chat can be shown.
pub(super) fn read(text: &str) -> Option<Box<Answer>> {
    match serde_json::from_str::<Read>(text) {
        Ok(read) if read.version == VERSION => Some(Box::new(read.answer)),
        Ok(read) => {
            tracing::warn!(
                version = read.version,
                "a stored answer has an unknown version"
            );
            None
        }
        Err(_other_shape) => {
            tracing::warn!("a stored answer cannot be read");
            None
        }
    }
}
