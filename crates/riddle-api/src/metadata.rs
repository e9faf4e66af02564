use std::collections::BTreeMap;

use serde_json::Value;

/// Metadata as JSON: texts, numbers, booleans and lists of texts by key.
pub type MetadataDto = BTreeMap<String, Value>;
