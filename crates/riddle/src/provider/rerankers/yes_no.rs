use riddle_core::{ModelError, RerankerOwner, SAFE_WEIGHT, YesNoPrompt};
use riddle_models::{CatalogueEntry, LocatedModel};

use super::Chosen;
use crate::provider::LocalModels;

/// Longest pair for a chat model: memory grows with what is allowed, and it may take many times of this.
const CHAT_TOKENS: usize = 1_024;

/// How a model is asked.
struct PromptSettings {
    prompt: YesNoPrompt,
    instruction: Option<String>,
    max_tokens: usize,
    default_weight: f32,
}

/// A reranker that the catalogue describes as one.
pub(super) fn own(chosen: &Chosen<'_>, owner: RerankerOwner<'_>) -> Result<(), ModelError> {
    let (entry, facts) = (chosen.entry, chosen.facts);
    let settings = PromptSettings {
        prompt: facts.prompt.ok_or_else(|| ModelError::Unavailable {
            model: entry.name.clone(),
            remedy:
                "its entry in the catalogue has no `prompt`; write flag_embedding, qwen3 or chat"
                    .to_owned(),
        })?,
        instruction: facts.instruction.clone(),
        max_tokens: entry.max_tokens,
        default_weight: facts.default_weight,
    };
    load(chosen.models, entry, &chosen.located, settings, owner)
}

/// A chat model, half and half with the fused score: what it adds was not measured.
pub(super) fn own_chat(
    models: &LocalModels,
    entry: &CatalogueEntry,
    located: &LocatedModel,
    owner: RerankerOwner<'_>,
) -> Result<(), ModelError> {
    let settings = PromptSettings {
        prompt: YesNoPrompt::Chat,
        instruction: None,
        max_tokens: entry.max_tokens.min(CHAT_TOKENS),
        default_weight: SAFE_WEIGHT,
    };
    load(models, entry, located, settings, owner)
}

#[cfg(feature = "llama")]
fn load(
    models: &LocalModels,
    entry: &CatalogueEntry,
    located: &LocatedModel,
    settings: PromptSettings,
    owner: RerankerOwner<'_>,
) -> Result<(), ModelError> {
    let PromptSettings {
        prompt,
        instruction,
        max_tokens,
        default_weight,
    } = settings;
    let mut options = riddle_llm::YesNoOptions::new(&located.weights, &entry.name, prompt);
    options.instruction = instruction;
    options.max_tokens = max_tokens;
    options.default_weight = default_weight;
    options.threads = models.models.threads;
    let model = riddle_llm::YesNoModel::load(options)?;
    owner(&mut model.reranker()?);
    Ok(())
}

/// This build has no llama.cpp.
#[cfg(not(feature = "llama"))]
fn load(
    _: &LocalModels,
    entry: &CatalogueEntry,
    _: &LocatedModel,
    _: PromptSettings,
    _: RerankerOwner<'_>,
) -> Result<(), ModelError> {
    Err(ModelError::Unavailable {
        model: entry.name.clone(),
        remedy:
            "this build has no llama.cpp; build with the feature `llama` or choose a cross_encoder"
                .to_owned(),
    })
}
