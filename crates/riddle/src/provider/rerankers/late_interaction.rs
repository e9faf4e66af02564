use riddle_core::{ModelError, Reranker};
use riddle_models::LateInteraction;

use super::Chosen;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let compute = chosen.compute()?;
    let head = chosen.facts.head.as_deref();
    let reranker = LateInteraction::open(&compute, &chosen.spec(&compute), head)?;
    Ok(Box::new(reranker))
}
