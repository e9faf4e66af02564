use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{AnswerDto, CitationDto};
use crate::search::RetrievalDto;

/// The data of an event of one variant; the event's name is that of the field beside `arm`, and `token` for `text`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum CompareEventDto {
    /// `retrieval`: the variant's passages are chosen.
    Retrieval {
        arm: CompareVariantDto,
        retrieval: Box<RetrievalDto>,
    },
    /// `token`: more text.
    Token {
        arm: CompareVariantDto,
        text: String,
    },
    /// `citation`: a citation in the text so far.
    Citation {
        arm: CompareVariantDto,
        citation: Box<CitationDto>,
    },
    /// `answer`: the variant's end.
    Answer {
        arm: CompareVariantDto,
        answer: Box<AnswerDto>,
    },
    /// `restart`: text and citations so far are no part of the answer.
    Restart { arm: CompareVariantDto },
}

/// A variant of a comparison: one of its two answers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CompareArmDto)]
pub enum CompareVariantDto {
    WithoutRerank,
    WithRerank,
}

impl CompareEventDto {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Retrieval { .. } => "retrieval",
            Self::Token { .. } => "token",
            Self::Citation { .. } => "citation",
            Self::Answer { .. } => "answer",
            Self::Restart { .. } => "restart",
        }
    }
}
