//! Reads bodies within bounds and says which field is wrong.

mod flat_names;
mod json;
mod nulls;
mod payload;
mod rerank_json;
mod shape;
mod whole_numbers;
mod with;

pub(crate) use flat_names::FlatNames;
pub(crate) use json::{ApiJson, TextsJson, parse_aside, parse_json, read_bounded, read_json};
pub(crate) use nulls::null_is_default;
pub(crate) use payload::{Bounds, Carries, next_within};
pub(crate) use rerank_json::{RerankJson, Reranks};
pub(crate) use with::{Part, With};
