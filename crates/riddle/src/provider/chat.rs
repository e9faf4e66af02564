use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use riddle_core::{ChatModel, ModelError};
use riddle_llm::{OpenAiCompatible, OpenAiOptions};

use super::api_key::api_key;
use crate::config::{ChatConfig, RemoteChat};

/// Tokens of a remote model that does not say.
const REMOTE_CONTEXT: u32 = 8_192;
/// Longest silence of a remote model: a long prompt on a slow machine takes minutes.
const REMOTE_SILENCE: Duration = Duration::from_secs(300);

/// A model of an OpenAI-compatible server.
pub(super) fn remote(remote: &RemoteChat<'_>) -> Result<Arc<dyn ChatModel>, ModelError> {
    let model = remote.model.to_owned();
    let options = OpenAiOptions {
        base_url: remote.base_url.to_owned(),
        model: remote.is_named.then(|| model.clone()),
        api_key: api_key(&model, remote.api_key_file)?,
        context_tokens: remote.context_tokens.unwrap_or(REMOTE_CONTEXT),
        read_timeout: REMOTE_SILENCE,
        thinking_switch: false,
    };
    match OpenAiCompatible::new(options) {
        Ok(model) => Ok(Arc::new(model)),
        Err(error) => Err(ModelError::Unavailable {
            model,
            remedy: error.to_string(),
        }),
    }
}

/// A GGUF file of this machine.
#[cfg(feature = "llama")]
pub(super) fn local(
    config: &ChatConfig,
    name: &str,
    file: &Path,
) -> Result<Arc<dyn ChatModel>, ModelError> {
    let mut options = riddle_llm::LlamaOptions::new(file, name);
    if let Some(context_tokens) = config.context_tokens {
        options.context_tokens = context_tokens;
    }
    match riddle_llm::LlamaCpp::load(&options) {
        Ok(model) => Ok(Arc::new(model)),
        Err(error) => Err(ModelError::Unavailable {
            model: name.to_owned(),
            remedy: error.to_string(),
        }),
    }
}

/// This build has no llama.cpp.
#[cfg(not(feature = "llama"))]
pub(super) fn local(
    _config: &ChatConfig,
    name: &str,
    _file: &Path,
) -> Result<Arc<dyn ChatModel>, ModelError> {
    Err(ModelError::Unavailable {
        model: name.to_owned(),
        remedy: "this build has no llama.cpp; build with the feature `llama` or use an OpenAI-compatible server".to_owned(),
    })
}
