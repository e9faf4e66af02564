use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a user says about a document, by key; filters select on it.
pub type Metadata = BTreeMap<String, MetadataValue>;

/// One value of a document's metadata.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MetadataValue {
    /// `true` or `false`.
    Bool(bool),
    /// Any JSON number; integers beyond 2^53 lose precision.
    Number(f64),
    /// A text, compared whole and case-sensitively.
    Text(String),
    /// Several texts; a condition holds when it holds for one of them.
    Texts(Vec<String>),
}
