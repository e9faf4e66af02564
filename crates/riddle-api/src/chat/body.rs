use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::rerank_options::given;

/// A chat to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"knowledge_bases": ["handbook"]}))]
pub struct CreateChat {
    /// 1 to 200 characters; without it the first question gives the title.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Ids or names of the knowledge bases that its questions are searched in, 1 to 16.
    #[schema(min_items = 1, max_items = 16)]
    pub knowledge_bases: Vec<String>,
    /// The language model that answers in it, `extractive` for quoted answers; otherwise that of the first knowledge
    /// base or of the server.
    #[schema(max_length = 200)]
    pub chat_model: Option<String>,
}

/// What to change of a chat; what is left out stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Ports"}))]
pub struct PatchChat {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Ids or names, 1 to 16; for questions from now on.
    #[schema(min_items = 1, max_items = 16)]
    pub knowledge_bases: Option<Vec<String>>,
    /// The language model that answers from now on, `extractive` for quoted answers; null takes the choice back.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub chat_model: Option<Option<String>>,
}

/// The question that a new one takes the place of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InPlaceOf {
    /// Id of a question's message, to ask it again or otherwise: it goes, with everything after it.
    pub replaces: Option<Uuid>,
}

/// What a person thinks of an answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verdict": "down", "comment": "The port is that of the test server."}))]
pub struct FeedbackBody {
    pub verdict: VerdictDto,
    /// At most 4000 characters.
    #[schema(max_length = 4000)]
    pub comment: Option<String>,
}

/// Good or bad.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictDto {
    Up,
    Down,
}
