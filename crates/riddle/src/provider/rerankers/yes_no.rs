use riddle_core::{ModelError, Reranker};

use super::Chosen;

#[cfg(feature = "llama")]
pub(super) fn open(chosen: Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let Chosen {
        models,
        entry,
        facts,
        located,
    } = chosen;
    let prompt = facts.prompt.ok_or_else(|| ModelError::Unavailable {
        model: entry.name.clone(),
        remedy: "its entry in the catalogue has no `prompt`; write flag_embedding, qwen3 or chat"
            .to_owned(),
    })?;
    let mut options = riddle_llm::YesNoOptions::new(&located.weights, &entry.name, prompt);
    options.max_tokens = entry.max_tokens;
    options.default_weight = facts.default_weight;
    options.threads = models.models.threads;
    Ok(Box::new(riddle_llm::LlamaYesNo::open(&options)?))
}

/// This build has no llama.cpp.
#[cfg(not(feature = "llama"))]
pub(super) fn open(chosen: Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    Err(ModelError::Unavailable {
        model: chosen.entry.name.clone(),
        remedy:
            "this build has no llama.cpp; build with the feature `llama` or choose a cross_encoder"
                .to_owned(),
    })
}
