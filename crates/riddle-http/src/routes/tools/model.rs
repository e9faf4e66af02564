use riddle_core::ModelError;
use riddle_engine::EngineError;

use crate::error::{ApiError, ErrorCode};

/// The model that a request names; tools that must send something may send `default`.
pub(in crate::routes) fn named_model(model: Option<String>) -> Option<String> {
    model.filter(|name| !name.is_empty() && name != "default")
}

/// A model that the request named and that is not here is the request's fault, not the server's.
pub(in crate::routes) fn model_error(error: EngineError, named: bool) -> ApiError {
    match error {
        EngineError::Model(ModelError::Unavailable { .. }) if named => {
            ApiError::new(ErrorCode::MODEL_NOT_FOUND, error.to_string()).about("model")
        }
        other => other.into(),
    }
}
