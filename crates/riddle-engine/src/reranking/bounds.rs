use crate::bounds::MAX_DEADLINE_MS;
use crate::error::EngineError;

/// Refuses a weight that is not between 0 and 1.
pub(crate) fn check_weight(field: &str, weight: Option<f32>) -> Result<(), EngineError> {
    if weight.is_some_and(|weight| !(0.0..=1.0).contains(&weight)) {
        return Err(EngineError::invalid(field, "must be between 0 and 1"));
    }
    Ok(())
}

/// Refuses a deadline of 0, and one that would keep a model busy for long.
pub(crate) fn check_deadline(field: &str, deadline_ms: Option<u32>) -> Result<(), EngineError> {
    if deadline_ms.is_some_and(|ms| !(1..=MAX_DEADLINE_MS).contains(&ms)) {
        let problem = format!("must be between 1 and {MAX_DEADLINE_MS} milliseconds");
        return Err(EngineError::invalid(field, problem));
    }
    Ok(())
}

/// Refuses a lead of 0, which every first candidate has, and one above 1, which none can have.
pub(crate) fn check_skip_lead(field: &str, lead: Option<f32>) -> Result<(), EngineError> {
    if lead.is_some_and(|lead| !(lead > 0.0 && lead <= 1.0)) {
        return Err(EngineError::invalid(field, "must be above 0 and at most 1"));
    }
    Ok(())
}
