use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::Part;

/// Where to search. What a request leaves out takes the setting of the first.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SeveralBases {
    /// Ids or names, 1 to 16.
    #[schema(example = json!(["handbook", "manuals"]))]
    pub(crate) knowledge_bases: Vec<String>,
}

impl Part for SeveralBases {
    const FIELDS: &'static [&'static str] = &["knowledge_bases"];
}
