use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where to search. What a request leaves out takes the setting of the first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SeveralBases {
    /// Ids or names, 1 to 16.
    #[schema(example = json!(["handbook", "manuals"]))]
    pub knowledge_bases: Vec<String>,
}
