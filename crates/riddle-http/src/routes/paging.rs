use serde::Deserialize;
use utoipa::IntoParams;

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
    pub(super) cursor: Option<String>,
}

impl PageParams {
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
        let from = self.from.as_deref().unwrap_or("0").parse();
        from.map_err(|_not_a_number| ApiError::invalid("from", "must be a whole number from 0"))
    }

    pub(super) fn limit_or(&self, default: u32) -> Result<u32, ApiError> {
        page_limit(self.limit.as_deref(), default)
    }
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
