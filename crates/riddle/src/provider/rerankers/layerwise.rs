use riddle_core::{ModelError, Reranker};
use riddle_models::Layerwise;

use super::Chosen;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let compute = chosen.models.encoder_compute()?;
    Ok(Box::new(Layerwise::open(&compute, &chosen.spec(&compute))?))
}
