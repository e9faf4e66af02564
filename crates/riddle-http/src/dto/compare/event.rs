use riddle_core::{AnswerEvent, CompareArm};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::answer::{AnswerDto, CitationDto};
use crate::dto::search::RetrievalDto;

/// The data of an event of one arm; the event's name is that of the field beside `arm`, and `token` for `text`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CompareEventDto {
    /// `retrieval`: the arm's passages are chosen.
    Retrieval {
        arm: CompareArmDto,
        retrieval: Box<RetrievalDto>,
    },
    /// `token`: more text.
    Token { arm: CompareArmDto, text: String },
    /// `citation`: a citation in the text so far.
    Citation {
        arm: CompareArmDto,
        citation: Box<CitationDto>,
    },
    /// `answer`: the arm's end.
    Answer {
        arm: CompareArmDto,
        answer: Box<AnswerDto>,
    },
}

/// One of the two answers of a comparison.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CompareArmDto {
    WithoutRerank,
    WithRerank,
}

impl CompareEventDto {
    pub(crate) fn of(arm: CompareArm, event: AnswerEvent) -> Self {
        let arm = arm.into();
        match event {
            AnswerEvent::Retrieval { search, contexts } => Self::Retrieval {
                arm,
                retrieval: Box::new(RetrievalDto::of(*search, contexts)),
            },
            AnswerEvent::Token(text) => Self::Token { arm, text },
            AnswerEvent::Citation(citation) => Self::Citation {
                arm,
                citation: Box::new((*citation).into()),
            },
            AnswerEvent::Done(answer) => Self::Answer {
                arm,
                answer: Box::new((*answer).into()),
            },
        }
    }

    /// The event's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Retrieval { .. } => "retrieval",
            Self::Token { .. } => "token",
            Self::Citation { .. } => "citation",
            Self::Answer { .. } => "answer",
        }
    }
}

impl From<CompareArm> for CompareArmDto {
    fn from(arm: CompareArm) -> Self {
        match arm {
            CompareArm::WithoutRerank => Self::WithoutRerank,
            CompareArm::WithRerank => Self::WithRerank,
        }
    }
}
