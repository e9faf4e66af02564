//! The state that llama.cpp keeps once per process.

use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::{LlamaCppError, LogOptions, send_logs_to_tracing};

use super::load_error::LlamaLoadError;

static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();

/// Starts llama.cpp on the first call and routes or silences its log.
pub(super) fn get(engine_log: bool) -> Result<&'static LlamaBackend, LlamaLoadError> {
    let backend = BACKEND.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default().with_logs_enabled(engine_log));
        match LlamaBackend::init() {
            // Started by another user of the library in this process: then it is ours as well.
            Err(LlamaCppError::BackendAlreadyInitialized) => Ok(LlamaBackend {}),
            started => started.map_err(|error| error.to_string()),
        }
    });
    backend
        .as_ref()
        .map_err(|error| LlamaLoadError::Engine(error.clone()))
}
