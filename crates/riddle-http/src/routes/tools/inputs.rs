use serde::Deserialize;

use crate::error::ApiError;

/// One text or several, as text-embeddings-inference takes them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub(super) enum Inputs {
    One(String),
    Many(Vec<String>),
}

impl Inputs {
    /// The texts, of which there must be one at least.
    pub(super) fn into_texts(self) -> Result<Vec<String>, ApiError> {
        let texts = match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        };
        if texts.is_empty() {
            return Err(ApiError::invalid("inputs", "cannot be empty"));
        }
        Ok(texts)
    }
}
