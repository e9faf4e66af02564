use serde::Deserialize;
use utoipa::IntoParams;

use crate::bounds::MAX_CURSOR_CHARS;
use crate::error::ApiError;

/// Chats, comparisons or documents of a page that does not say how many.
pub(super) const DEFAULT_LIMIT: u32 = 50;

/// Which page of a list that is not filtered.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// Entries on the page, 1 to 1000.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageParams {
    pub(super) fn cursor(&self) -> Result<Option<&str>, ApiError> {
        check_chars("cursor", self.cursor.as_deref(), MAX_CURSOR_CHARS)?;
        Ok(self.cursor.as_deref())
    }

    pub(super) fn limit_or(&self, default: u32) -> Result<u32, ApiError> {
        page_limit(self.limit.as_deref(), default)
    }
}

/// Which part of a list whose entries have places.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PlaceParams {
    /// Place to begin with, from 0.
    #[param(value_type = Option<u32>, example = 0)]
    from: Option<String>,
    /// Entries on the page, 1 to 1000.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
}

impl PlaceParams {
    pub(super) fn from(&self) -> Result<u32, ApiError> {
        place_from(self.from.as_deref())
    }

    pub(super) fn limit_or(&self, default: u32) -> Result<u32, ApiError> {
        page_limit(self.limit.as_deref(), default)
    }
}

/// The place that a page begins with.
pub(super) fn place_from(text: Option<&str>) -> Result<u32, ApiError> {
    let from = text.unwrap_or("0").parse();
    from.map_err(|_not_a_number| ApiError::invalid("from", "must be a whole number from 0"))
}

/// The `cursor` of a page.
pub(super) fn page_cursor(cursor: Option<String>) -> Result<Option<String>, ApiError> {
    check_chars("cursor", cursor.as_deref(), MAX_CURSOR_CHARS)?;
    Ok(cursor)
}

/// Refuses a parameter that is too long.
pub(super) fn check_chars(name: &str, value: Option<&str>, most: usize) -> Result<(), ApiError> {
    if value.is_some_and(|value| value.chars().count() > most) {
        let problem = format!("may have at most {most} characters");
        return Err(ApiError::invalid(name, problem));
    }
    Ok(())
}

/// The `limit` of a page; the engine knows the bounds.
pub(super) fn page_limit(text: Option<&str>, default: u32) -> Result<u32, ApiError> {
    let Some(text) = text else {
        return Ok(default);
    };
    text.parse().map_err(|_not_a_number| {
        ApiError::invalid("limit", "must be a whole number from 1 to 1000")
    })
}
