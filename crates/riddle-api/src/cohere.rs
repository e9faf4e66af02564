use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::hit::WindowDto;
use crate::rerank::RerankDto;

/// Documents, best first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CohereRerankDto {
    /// The same as in the `X-Request-Id` header.
    pub id: String,
    /// Always `list`.
    pub object: String,
    /// Catalogue name of the model that scored.
    pub model: String,
    /// Whether the model is the fallback for a cross-encoder that is absent.
    pub stand_in: bool,
    pub results: Vec<CohereRank>,
    /// What became of it, as searches tell it; neither Cohere nor Jina has it.
    pub rerank: RerankDto,
    /// Cohere's accounting.
    #[schema(value_type = Object)]
    pub meta: Value,
    /// Jina's accounting.
    pub usage: CohereUsage,
}

/// A document and its score.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CohereRank {
    /// Its place in the request, from 0.
    pub index: usize,
    /// From 0 to 1, unless raw scores were asked for.
    pub relevance_score: f32,
    /// As the model gives it; `rerank.scale` says what it means.
    pub score_raw: f32,
    /// The window that won, where the document was scored in several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowDto>,
    /// As it came; a text stands in an object of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub document: Option<Value>,
}

/// Tokens scored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CohereUsage {
    pub total_tokens: u64,
    pub prompt_tokens: u64,
}
