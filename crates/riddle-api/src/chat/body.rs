use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
