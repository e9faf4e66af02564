use riddle_api::{CompareEventDto, CompareVariantDto};
use riddle_core::{AnswerEvent, CompareVariant};

use crate::dto::convert::{Convert, ConvertFrom};
use crate::dto::search::retrieval;

pub(crate) fn compare_event(variant: CompareVariant, event: AnswerEvent) -> CompareEventDto {
    let arm = variant.convert();
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
        AnswerEvent::Restart => CompareEventDto::Restart { arm },
        AnswerEvent::Done(answer) => CompareEventDto::Answer {
            arm,
            answer: Box::new((*answer).convert()),
        },
    }
}

impl ConvertFrom<CompareVariant> for CompareVariantDto {
    fn convert_from(variant: CompareVariant) -> Self {
        match variant {
            CompareVariant::WithoutRerank => Self::WithoutRerank,
            CompareVariant::WithRerank => Self::WithRerank,
        }
    }
}
