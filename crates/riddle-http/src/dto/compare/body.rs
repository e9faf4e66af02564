use riddle_core::{CompareRequest, RerankOptions};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{CompareOrderDto, PreferenceDto};
use crate::dto::query::{LongPassagesDto, query_filter};
use crate::error::ApiError;

/// A question to answer with rerank and without.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "Which port does the server listen on?", "top_k": 10, "top_n": 3, "order": "one_after_other", "stream": false}))]
pub(crate) struct CompareBody {
    question: String,
    /// Candidates, the same for both arms; 10 if left out.
    top_k: Option<u32>,
    /// Passages for each answer; 3 if left out.
    top_n: Option<u32>,
    /// Catalogue name of the reranker. The knowledge base's weight and layer go with its own reranker alone.
    reranker: Option<String>,
    /// Weight of the reranker against the fused score, 0 to 1; 1 orders by the reranker alone.
    rerank_weight: Option<f32>,
    /// Where the first candidate's fused score leads by this part of the range of all of them, nothing is reranked: above 0
    /// to 1, from three candidates on. The knowledge base's goes with its own reranker alone.
    rerank_skip_lead: Option<f32>,
    /// What to do with passages that do not fit the reranker.
    long_passages: Option<LongPassagesDto>,
    /// The layer that a layerwise reranker stops at.
    cutoff_layer: Option<u32>,
    /// How long reranking may take, 1 to 60000; what is not scored by then keeps the fused order behind the rest.
    rerank_deadline_ms: Option<u32>,
    /// Conditions on document metadata, as in a search.
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
    /// When the arms run; `one_after_other` if left out.
    order: Option<CompareOrderDto>,
    /// Whether to answer with server-sent events: those of both arms, then `done` or `error`.
    #[serde(default)]
    pub(crate) stream: bool,
}

/// Which answer a person finds better.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"preference": "with_rerank"}))]
pub(crate) struct PreferenceBody {
    pub(crate) preference: PreferenceDto,
}

impl TryFrom<CompareBody> for CompareRequest {
    type Error = ApiError;

    fn try_from(body: CompareBody) -> Result<Self, ApiError> {
        Ok(Self {
            question: body.question,
            top_k: body.top_k,
            top_n: body.top_n,
            reranking: RerankOptions {
                reranker: body.reranker,
                weight: body.rerank_weight,
                skip_lead: body.rerank_skip_lead,
                long_passages: body.long_passages.map(Into::into),
                cutoff_layer: body.cutoff_layer,
                deadline_ms: body.rerank_deadline_ms,
            },
            filter: query_filter(body.filter)?,
            order: body.order.map(Into::into).unwrap_or_default(),
        })
    }
}
