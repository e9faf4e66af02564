//! Reads bodies within bounds and says which field is wrong.

mod json;
mod payload;
mod with;

pub(crate) use json::{ApiJson, parse_json, read_json};
pub(crate) use payload::{Bounds, next_within};
pub(crate) use with::{Part, With};
