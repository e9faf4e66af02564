use riddle_engine::RerankedPairs;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::ranking::{ranked, tokens};
use crate::dto::{RerankDto, WindowDto};

/// Documents, best first.
#[derive(Serialize, ToSchema)]
pub(super) struct CohereRerankDto {
    /// The same as in the `X-Request-Id` header.
    id: String,
    /// Always `list`.
    object: &'static str,
    /// Catalogue name of the model that scored.
    model: String,
    /// Whether the model merely stands in for a cross-encoder that is absent.
    stand_in: bool,
    results: Vec<CohereRank>,
    /// What became of it, as searches tell it; neither Cohere nor Jina has it.
    rerank: RerankDto,
    /// Cohere's accounting.
    #[schema(value_type = Object)]
    meta: Value,
    /// Jina's accounting.
    usage: CohereUsage,
}

/// A document and its score.
#[derive(Serialize, ToSchema)]
struct CohereRank {
    /// Its place in the request, from 0.
    index: usize,
    /// From 0 to 1, unless raw scores were asked for.
    relevance_score: f32,
    /// As the model gives it; `rerank.scale` says what it means.
    score_raw: f32,
    /// The window that won, where the document was scored in several.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<WindowDto>,
    /// As it came; a text stands in an object of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
}

/// Tokens scored.
#[derive(Serialize, ToSchema)]
struct CohereUsage {
    total_tokens: u64,
    prompt_tokens: u64,
}

/// What to show of a result.
pub(super) struct Shown {
    pub(super) top_n: Option<usize>,
    pub(super) raw: bool,
    pub(super) documents: Option<Vec<Value>>,
    pub(super) version: &'static str,
    pub(super) id: String,
}

impl CohereRerankDto {
    pub(super) fn new(result: &RerankedPairs, shown: Shown) -> Self {
        let tokens = tokens(result);
        let mut ranks = ranked(result, shown.raw);
        ranks.truncate(shown.top_n.unwrap_or(usize::MAX));
        let document = |index: usize| match shown.documents.as_ref()?.get(index)? {
            Value::String(text) => Some(json!({ "text": text })),
            other => Some(other.clone()),
        };
        Self {
            id: shown.id,
            object: "list",
            model: result.model.clone(),
            stand_in: result.stand_in,
            results: ranks
                .into_iter()
                .map(|rank| CohereRank {
                    index: rank.index,
                    relevance_score: rank.score,
                    score_raw: rank.pair.raw,
                    window: rank.pair.window.map(Into::into),
                    document: document(rank.index),
                })
                .collect(),
            rerank: result.report().into(),
            meta: json!({"api_version": {"version": shown.version}, "billed_units": {"search_units": 0}}),
            usage: CohereUsage {
                total_tokens: tokens,
                prompt_tokens: tokens,
            },
        }
    }
}
