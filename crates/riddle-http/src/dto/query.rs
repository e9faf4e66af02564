use riddle_core::{
    AskRequest, ChatMessage, Filter, LongPassages, RerankOptions, RetrievalMode, Role,
    SearchRequest,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;

/// A search. What is left out takes the knowledge base's setting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"query": "which port does the server listen on", "top_k": 20, "top_n": 3, "rerank": true, "filter": {"team": "net"}}))]
pub(crate) struct SearchBody {
    /// The question.
    query: String,
    /// Candidates handed to the reranker, 1 to 1000.
    top_k: Option<u32>,
    /// Hits kept, 1 to `top_k`.
    top_n: Option<u32>,
    /// Which arms search.
    mode: Option<ModeDto>,
    /// Whether the reranker runs.
    rerank: Option<bool>,
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
    /// `{"key": scalar | [scalar, …] | {"gt"|"gte"|"lt"|"lte": number}}` on document metadata; all must hold.
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
    /// Whether the response shows all candidates and what was searched for.
    #[serde(default)]
    explain: bool,
}

/// Which arms of the retrieval search.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ModeDto {
    /// By words and by vector, fused.
    Hybrid,
    /// By words alone.
    Bm25,
    /// By vector alone.
    Dense,
}

/// What to do with a passage that does not fit the reranker beside the question.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LongPassagesDto {
    /// Score what fits.
    Truncate,
    /// Score overlapping windows that cover the whole passage, and take the best one's score.
    MaxSlice,
}

/// A question to answer. What is left out takes the knowledge base's setting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "Which port does the server listen on?", "top_k": 20, "top_n": 3, "rerank": true, "stream": false}))]
pub(crate) struct AskBody {
    question: String,
    /// Candidates handed to the reranker, 1 to 1000.
    top_k: Option<u32>,
    /// Passages for the answer, 1 to `top_k`.
    top_n: Option<u32>,
    /// Whether the reranker runs.
    rerank: Option<bool>,
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
    /// Upper bound of the answer in tokens.
    max_tokens: Option<u32>,
    /// 0 picks the likeliest word always.
    temperature: Option<f32>,
    /// Earlier messages, oldest first, without the question.
    #[serde(default)]
    history: Vec<MessageDto>,
    /// Whether to answer with server-sent events: `retrieval`, `token`, `citation`, then `done` or `error`.
    #[serde(default)]
    pub(crate) stream: bool,
}

/// A message of a chat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageDto {
    pub(crate) role: RoleDto,
    pub(crate) content: String,
}

/// Who says a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleDto {
    System,
    User,
    Assistant,
}

impl TryFrom<SearchBody> for SearchRequest {
    type Error = ApiError;

    fn try_from(body: SearchBody) -> Result<Self, ApiError> {
        Ok(Self {
            query: body.query,
            top_k: body.top_k,
            top_n: body.top_n,
            mode: body.mode.map(Into::into),
            rerank: body.rerank,
            reranking: RerankOptions {
                reranker: body.reranker,
                weight: body.rerank_weight,
                skip_lead: body.rerank_skip_lead,
                long_passages: body.long_passages.map(Into::into),
                cutoff_layer: body.cutoff_layer,
                deadline_ms: body.rerank_deadline_ms,
            },
            filter: query_filter(body.filter)?,
            explain: body.explain,
        })
    }
}

impl TryFrom<AskBody> for AskRequest {
    type Error = ApiError;

    fn try_from(body: AskBody) -> Result<Self, ApiError> {
        Ok(Self {
            question: body.question,
            top_k: body.top_k,
            top_n: body.top_n,
            rerank: body.rerank,
            reranking: RerankOptions {
                reranker: body.reranker,
                weight: body.rerank_weight,
                skip_lead: body.rerank_skip_lead,
                long_passages: body.long_passages.map(Into::into),
                cutoff_layer: body.cutoff_layer,
                deadline_ms: body.rerank_deadline_ms,
            },
            filter: query_filter(body.filter)?,
            max_tokens: body.max_tokens,
            temperature: body.temperature,
            history: body.history.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<ModeDto> for RetrievalMode {
    fn from(mode: ModeDto) -> Self {
        match mode {
            ModeDto::Hybrid => Self::Hybrid,
            ModeDto::Bm25 => Self::Bm25,
            ModeDto::Dense => Self::Dense,
        }
    }
}

impl From<LongPassagesDto> for LongPassages {
    fn from(long_passages: LongPassagesDto) -> Self {
        match long_passages {
            LongPassagesDto::Truncate => Self::Truncate,
            LongPassagesDto::MaxSlice => Self::MaxSlice,
        }
    }
}

impl From<MessageDto> for ChatMessage {
    fn from(message: MessageDto) -> Self {
        Self {
            role: message.role.into(),
            content: message.content,
        }
    }
}

impl From<RoleDto> for Role {
    fn from(role: RoleDto) -> Self {
        match role {
            RoleDto::System => Self::System,
            RoleDto::User => Self::User,
            RoleDto::Assistant => Self::Assistant,
        }
    }
}

pub(crate) fn query_filter(json: Option<Value>) -> Result<Filter, ApiError> {
    match json {
        None | Some(Value::Null) => Ok(Filter::default()),
        Some(json) => Ok(Filter::parse(&json)?),
    }
}
