use riddle_core::{ModelError, Reranker};
use riddle_models::OnnxCrossEncoder;

use super::Chosen;

/// Memory for the token ids of passages: those of about 30,000 chunks.
const PASSAGES: usize = 32 << 20;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let runtime = chosen.models.reranker_runtime(&chosen.entry.name)?;
    let reranker = OnnxCrossEncoder::open(&runtime, &chosen.spec(&runtime))?;
    Ok(Box::new(reranker.keep_passages(PASSAGES)))
}
