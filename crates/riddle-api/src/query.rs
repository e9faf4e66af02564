use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::fusion::FusionDto;
use crate::rerank_options::{RerankBody, RerankChoice};

/// A search. What is left out takes the knowledge base's setting.
#[derive(Clone, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"query": "which port does the server listen on", "top_k": 20, "top_n": 3, "rerank": {"weight": 0.8}, "filter": {"team": "net"}}))]
pub struct SearchBody {
    /// The question, 1 to 8000 characters.
    #[schema(min_length = 1, max_length = 8000)]
    pub query: String,
    /// Candidates handed to the reranker, 1 to 1000.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_k: Option<u32>,
    /// Hits kept, 1 to `top_k`.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_n: Option<u32>,
    /// Which retrievers search.
    pub mode: Option<ModeDto>,
    /// How the hits of both retrievers become one list.
    pub fusion: Option<FusionDto>,
    /// Whether to rerank, and how.
    #[schema(value_type = Option<RerankChoice>)]
    pub rerank: Option<RerankBody>,
    /// `{"key": scalar | [scalar, …] | {"gt"|"gte"|"lt"|"lte": number}}` on document metadata; all must hold.
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// Whether the response shows all candidates and what was searched for.
    #[serde(default)]
    pub explain: bool,
}

/// Which retrievers search: BM25 by words, dense by vectors, or both.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeDto {
    /// By words and by vector, fused.
    Hybrid,
    /// By words alone.
    Bm25,
    /// By vector alone.
    Dense,
}

/// What to do with a passage that does not fit the reranker beside the question.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LongPassagesDto {
    /// Score what fits.
    #[default]
    Truncate,
    /// Score overlapping windows that cover the whole passage, and take the best one's score.
    MaxSlice,
}

/// A question to answer. What is left out takes the knowledge base's setting.
#[derive(Clone, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "Which port does the server listen on?", "top_k": 20, "top_n": 3, "rerank": {"weight": 0.8}, "stream": false}))]
pub struct AskBody {
    /// 1 to 8000 characters.
    #[schema(min_length = 1, max_length = 8000)]
    pub question: String,
    /// Candidates handed to the reranker, 1 to 1000.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_k: Option<u32>,
    /// Passages for the answer, 1 to `top_k`.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_n: Option<u32>,
    /// How the hits of both retrievers become one list.
    pub fusion: Option<FusionDto>,
    /// Whether to rerank, and how.
    #[schema(value_type = Option<RerankChoice>)]
    pub rerank: Option<RerankBody>,
    /// Conditions on document metadata, as in a search.
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// The language model that answers, by its name in the catalogue or on the configured server; `extractive` quotes
    /// the sources. Otherwise that of the chat, of the first knowledge base or of the server.
    #[schema(max_length = 200)]
    pub chat_model: Option<String>,
    /// Upper bound of the answer in tokens, 1 to 32768.
    #[schema(minimum = 1, maximum = 32768)]
    pub max_tokens: Option<u32>,
    /// 0 to 2; 0 picks the likeliest word always.
    #[schema(minimum = 0, maximum = 2)]
    pub temperature: Option<f32>,
    /// Earlier messages, oldest first, without the question.
    #[serde(default)]
    pub history: Vec<MessageDto>,
    /// Whether to answer with server-sent events: `retrieval`, `token`, `citation`, then `done` or `error`.
    #[serde(default)]
    pub stream: bool,
}

/// A message of a chat.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageDto {
    pub role: RoleDto,
    pub content: String,
}

/// Who says a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleDto {
    System,
    User,
    Assistant,
}
