use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// One text or several, 1 to 1024.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub(in crate::routes) enum Inputs {
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
