use riddle_core::{ModelError, Reranker};
use riddle_models::Layerwise;

use super::Chosen;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let runtime = chosen.models.runtime(&chosen.entry.name)?;
    Ok(Box::new(Layerwise::open(&runtime, &chosen.spec(&runtime))?))
}
