use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::compare::{CompareOrderDto, ComparePassagesDto, PreferenceDto};
use crate::fusion::FusionDto;
use crate::rerank_options::RerankBody;

/// A question to answer with rerank and without.
#[derive(Clone, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "Which port does the server listen on?", "top_k": 10, "top_n": 3, "order": "one_after_other", "stream": false}))]
pub struct CompareBody {
    /// 1 to 8000 characters.
    #[schema(min_length = 1, max_length = 8000)]
    pub question: String,
    /// Candidates, the same for both variants; 10 if left out.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_k: Option<u32>,
    /// Passages for the answer with rerank, and for the other one as `passages` says; 3 if left out.
    #[schema(minimum = 1, maximum = 1000)]
    pub top_n: Option<u32>,
    /// How the hits of both retrievers become the candidates, the same for both variants.
    pub fusion: Option<FusionDto>,
    /// How the variant with rerank does it.
    pub rerank: Option<RerankBody>,
    /// The language model of both variants, by its name in the catalogue or on the configured server; `extractive`
    /// quotes the sources. Otherwise that of the knowledge base or of the server.
    #[schema(max_length = 200)]
    pub chat_model: Option<String>,
    /// Conditions on document metadata, as in a search.
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// When the variants run; `one_after_other` if left out.
    pub order: Option<CompareOrderDto>,
    /// What the answer without rerank is written from; `all_candidates` if left out.
    pub passages: Option<ComparePassagesDto>,
    /// Whether to answer with server-sent events: those of both variants, then `done` or `error`.
    #[serde(default)]
    pub stream: bool,
}

/// Which answer a person finds better.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"preference": "with_rerank"}))]
pub struct PreferenceBody {
    pub preference: PreferenceDto,
}
