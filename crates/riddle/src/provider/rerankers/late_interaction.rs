use riddle_core::{ModelError, Reranker};
use riddle_models::LateInteraction;

use super::Chosen;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let runtime = chosen.models.reranker_runtime(&chosen.entry.name)?;
    let head = chosen.facts.head.as_deref().unwrap_or_default();
    let reranker = LateInteraction::open(&runtime, &chosen.spec(&runtime), head)?;
    Ok(Box::new(reranker))
}
