use riddle_core::{ModelError, Reranker};
use riddle_models::{Layerwise, LayerwiseSpec};

use super::Chosen;
use crate::provider::CONVERTED;

pub(super) fn open(chosen: Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let Chosen {
        models,
        entry,
        facts,
        located,
    } = chosen;
    let spec = LayerwiseSpec {
        name: entry.name.clone(),
        cache: located.folder.join(CONVERTED),
        folder: located.folder,
        weights: entry.weights.clone(),
        precision: models.precision,
        max_tokens: entry.max_tokens,
        default_weight: facts.default_weight,
    };
    let runtime = models.runtime(&entry.name)?;
    Ok(Box::new(Layerwise::open(&runtime, &spec)?))
}
