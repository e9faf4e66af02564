use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hit::DocumentRef;

/// Questions to begin with, the best first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExampleListDto {
    /// At most three.
    pub examples: Vec<ExampleDto>,
}

/// A question that the documents of a knowledge base answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExampleDto {
    #[schema(example = "How do I restore a backup?")]
    pub question: String,
    /// `own`: the knowledge base was given it. `heading`: it is made of a heading, and a search for it finds a passage
    /// under that heading among its first three.
    #[schema(example = "heading")]
    pub source: String,
    /// Where the search has found the heading; null for one of its own.
    pub document: Option<DocumentRef>,
}
