use riddle_core::{ModelError, Reranker};
use riddle_models::CrossEncoder;

use super::Chosen;

/// Memory for the token ids of passages: those of about 30,000 chunks.
const PASSAGES: usize = 32 << 20;

pub(super) fn open(chosen: &Chosen<'_>) -> Result<Box<dyn Reranker>, ModelError> {
    let compute = chosen.compute()?;
    let reranker = CrossEncoder::open(&compute, &chosen.spec(&compute))?;
    Ok(Box::new(reranker.keep_passages(PASSAGES)))
}
