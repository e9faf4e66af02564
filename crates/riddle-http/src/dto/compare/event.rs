use riddle_api::{CompareArmDto, CompareEventDto};
use riddle_core::{AnswerEvent, CompareArm};

use crate::dto::convert::{Convert, ConvertFrom};
use crate::dto::search::retrieval;

/// What happened in an arm.
pub(crate) fn compare_event(arm: CompareArm, event: AnswerEvent) -> CompareEventDto {
    let arm = arm.convert();
    match event {
        AnswerEvent::Retrieval { search, contexts } => CompareEventDto::Retrieval {
            arm,
            retrieval: Box::new(retrieval(*search, contexts)),
        },
        AnswerEvent::Token(text) => CompareEventDto::Token { arm, text },
        AnswerEvent::Citation(citation) => CompareEventDto::Citation {
            arm,
            citation: Box::new((*citation).convert()),
        },
        AnswerEvent::Done(answer) => CompareEventDto::Answer {
            arm,
            answer: Box::new((*answer).convert()),
        },
    }
}

impl ConvertFrom<CompareArm> for CompareArmDto {
    fn convert_from(arm: CompareArm) -> Self {
        match arm {
            CompareArm::WithoutRerank => Self::WithoutRerank,
            CompareArm::WithRerank => Self::WithRerank,
        }
    }
}
