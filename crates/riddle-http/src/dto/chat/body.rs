use riddle_core::Verdict;
use riddle_engine::{ChatPatch, NewChat};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::Part;

/// A chat to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"knowledge_bases": ["handbook"]}))]
pub(crate) struct CreateChat {
    /// 1 to 200 characters; without it the first question gives the title.
    title: Option<String>,
    /// Ids or names of the knowledge bases that its questions are searched in, 1 to 16.
    knowledge_bases: Vec<String>,
}

/// What to change of a chat; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Ports"}))]
pub(crate) struct PatchChat {
    /// 1 to 200 characters.
    title: Option<String>,
    /// Ids or names, 1 to 16; for questions from now on.
    knowledge_bases: Option<Vec<String>>,
}

/// The question that a new one takes the place of.
#[derive(Deserialize, ToSchema)]
pub(crate) struct InPlaceOf {
    /// Id of a question's message, to ask it again or otherwise: it goes, with everything after it.
    pub(crate) replaces: Option<Uuid>,
}

/// What a person thinks of an answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verdict": "down", "comment": "The port is that of the test server."}))]
pub(crate) struct FeedbackBody {
    pub(crate) verdict: VerdictDto,
    /// At most 4000 characters.
    pub(crate) comment: Option<String>,
}

/// Good or bad.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerdictDto {
    Up,
    Down,
}

impl Part for InPlaceOf {
    const FIELDS: &'static [&'static str] = &["replaces"];
}

impl From<CreateChat> for NewChat {
    fn from(body: CreateChat) -> Self {
        Self {
            title: body.title,
            knowledge_bases: body.knowledge_bases,
        }
    }
}

impl From<PatchChat> for ChatPatch {
    fn from(body: PatchChat) -> Self {
        Self {
            title: body.title,
            knowledge_bases: body.knowledge_bases,
        }
    }
}

impl From<VerdictDto> for Verdict {
    fn from(verdict: VerdictDto) -> Self {
        match verdict {
            VerdictDto::Up => Self::Up,
            VerdictDto::Down => Self::Down,
        }
    }
}
