use riddle_api::{CohereRank, CohereRerankDto, CohereUsage};
use riddle_engine::RerankedPairs;
use serde_json::{Value, json};

use super::super::ranking::{ranked, tokens};
use crate::dto::Convert;

/// What to show of a result.
pub(super) struct Shown {
    pub(super) top_n: Option<u32>,
    pub(super) raw: bool,
    pub(super) documents: Option<Vec<Value>>,
    pub(super) version: &'static str,
    pub(super) id: String,
}

/// The answer to a client of Cohere or Jina.
pub(super) fn cohere_answer(result: &RerankedPairs, shown: Shown) -> CohereRerankDto {
    let tokens = tokens(result);
    let mut ranks = ranked(result, shown.raw);
    ranks.truncate(shown.top_n.map_or(usize::MAX, |top_n| top_n as usize));
    let document = |index: usize| match shown.documents.as_ref()?.get(index)? {
        Value::String(text) => Some(json!({ "text": text })),
        other => Some(other.clone()),
    };
    CohereRerankDto {
        id: shown.id,
        object: "list".to_owned(),
        model: result.model.clone(),
        stand_in: result.fallback,
        results: ranks
            .into_iter()
            .map(|rank| CohereRank {
                index: rank.index,
                relevance_score: rank.score,
                score_raw: rank.pair.raw,
                window: rank.pair.window.map(Convert::convert),
                document: document(rank.index),
            })
            .collect(),
        rerank: result.report().convert(),
        meta: json!({"api_version": {"version": shown.version}, "billed_units": {"search_units": 0}}),
        usage: CohereUsage {
            total_tokens: tokens,
            prompt_tokens: tokens,
        },
    }
}
