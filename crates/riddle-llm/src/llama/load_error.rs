//! Why a model does not load, and what to do.

use std::path::Path;

use riddle_core::ChatError;

/// A model that cannot be loaded. Messages hold the file's name, never its path.
#[derive(Debug, thiserror::Error)]
pub enum LlamaLoadError {
    /// No such file.
    #[error(
        "the model file {file} is not there; pull the model or correct its path in the configuration"
    )]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file cannot be read.
    #[error("the model file {file} cannot be read: {source}; check its permissions and the disk")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A Git LFS pointer where the model should be.
    #[error(
        "the model file {file} is a Git LFS pointer, not the model; run `git lfs pull` or pull the model again"
    )]
    LfsPointer {
        /// Name of the file.
        file: String,
    },
    /// Some other kind of file.
    #[error(
        "the model file {file} is not a GGUF file; pull the model again or choose a file that ends in .gguf"
    )]
    NotGguf {
        /// Name of the file.
        file: String,
    },
    /// A GGUF file that ends too early.
    #[error("the model file {file} is truncated; delete it and pull the model again")]
    Truncated {
        /// Name of the file.
        file: String,
    },
    /// A GGUF file whose header makes no sense.
    #[error("the model file {file} is damaged ({detail}); delete it and pull the model again")]
    Damaged {
        /// Name of the file.
        file: String,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// A model that this build cannot run as a chat model.
    #[error(
        "the model file {file} has the architecture {architecture:?}, which this build of llama.cpp cannot run as a chat model; choose another model, such as Qwen3 as GGUF"
    )]
    UnsupportedArchitecture {
        /// Name of the file.
        file: String,
        /// `general.architecture` of the file.
        architecture: String,
    },
    /// llama.cpp refuses the weights.
    #[error(
        "llama.cpp cannot load the model file {file} ({architecture}): tensors are missing or of the wrong shape, or memory is short; pull the model again or choose a smaller one"
    )]
    Refused {
        /// Name of the file.
        file: String,
        /// `general.architecture` of the file.
        architecture: String,
    },
    /// The model loads but its context does not fit.
    #[error(
        "llama.cpp cannot hold a context of {context_tokens} tokens for {file}; set fewer context tokens or choose a smaller model"
    )]
    Context {
        /// Name of the file.
        file: String,
        /// Tokens asked for.
        context_tokens: u32,
    },
    /// llama.cpp or its thread does not start.
    #[error("llama.cpp does not start: {0}")]
    Engine(String),
}

impl From<LlamaLoadError> for ChatError {
    fn from(error: LlamaLoadError) -> Self {
        ChatError::Failed {
            message: error.to_string(),
        }
    }
}

/// The part of a path that a message may show.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
