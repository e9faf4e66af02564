use crate::bounds::MAX_HINT_CHARS;
use crate::error::ApiError;

/// Refuses an overlong value of a field that other products have and of which few values mean something here.
pub(in crate::routes) fn check_hint(field: &str, value: Option<&str>) -> Result<(), ApiError> {
    if value.is_some_and(|value| value.chars().count() > MAX_HINT_CHARS) {
        let problem = format!("may have at most {MAX_HINT_CHARS} characters");
        return Err(ApiError::invalid(field, problem));
    }
    Ok(())
}
