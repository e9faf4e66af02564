use riddle_core::{ModelError, Reranker};
use riddle_models::{LateInteraction, LateInteractionHead};

use super::Chosen;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let compute = chosen.compute()?;
    let head = LateInteractionHead::of(chosen.facts);
    let reranker = LateInteraction::open(&compute, &chosen.spec(&compute), head)?;
    Ok(Box::new(reranker))
}
