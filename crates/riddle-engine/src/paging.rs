use crate::bounds::MAX_PAGE;
use crate::error::EngineError;

/// Refuses a page of no entries or of too many.
pub(crate) fn check_limit(limit: u32) -> Result<(), EngineError> {
    if (1..=MAX_PAGE).contains(&limit) {
        return Ok(());
    }
    Err(EngineError::invalid(
        "limit",
        format!("must be from 1 to {MAX_PAGE}"),
    ))
}
