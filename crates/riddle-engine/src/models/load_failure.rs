//! What whoever wants a model is told where loading it did not come to its end.

use std::io;

use riddle_core::{ModelError, error_chain};
use riddle_owner_thread::StartError;

use crate::error::EngineError;

/// There is no thread for it.
pub(super) fn no_thread(model: &str, error: &io::Error) -> ModelError {
    ModelError::Failed {
        model: model.to_owned(),
        message: format!("no thread for it: {error}"),
    }
}

/// Loading it broke off. Why goes to the log alone, because a panic may say anything.
pub(super) fn broke_off(model: String, error: &EngineError) -> ModelError {
    let error = error_chain(error);
    tracing::error!(model, error, "loading a model broke off");
    ModelError::Failed {
        model,
        message: "loading it broke off; the server's log says why".to_owned(),
    }
}

/// The thread that was to load it and own it has not begun to serve.
pub(super) fn of_thread(model: String, error: StartError<ModelError>) -> ModelError {
    match error {
        StartError::Failed(error) => error,
        StartError::NoThread(error) => no_thread(&model, &error),
        StartError::Panicked(panicked) => {
            let error = EngineError::internal("loading a model", panicked.into());
            broke_off(model, &error)
        }
    }
}
