use crate::error::EngineError;

/// Most entries of a page.
const MAX_PAGE: u32 = 1_000;

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
