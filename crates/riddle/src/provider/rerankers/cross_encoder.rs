use riddle_core::{ModelError, Reranker};
use riddle_models::{CrossEncoderSpec, OnnxCrossEncoder};

use super::Chosen;
use crate::provider::CONVERTED;

/// Memory for the token ids of passages: those of about 30,000 chunks.
const PASSAGES: usize = 32 << 20;

pub(super) fn open(chosen: Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let Chosen {
        models,
        entry,
        facts,
        located,
    } = chosen;
    let spec = CrossEncoderSpec {
        name: entry.name.clone(),
        cache: located.folder.join(CONVERTED),
        folder: located.folder,
        weights: entry.weights.clone(),
        precision: models.precision,
        max_tokens: entry.max_tokens,
        scale: facts.scale,
        default_weight: facts.default_weight,
    };
    let runtime = models.runtime(&entry.name)?;
    let reranker = OnnxCrossEncoder::open(&runtime, &spec)?;
    Ok(Box::new(reranker.keep_passages(PASSAGES)))
}
