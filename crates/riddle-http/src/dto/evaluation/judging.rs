use riddle_api::{
    JudgeAgreementDto, JudgingEventDto, JudgingOrderDto, PassageToJudgeDto, PassagesToJudgeDto,
};
use riddle_engine::{JudgingEvent, PassageToJudge, PassagesToJudge};
use riddle_evaluation::{JudgeAgreement, JudgingOrder};

use crate::dto::convert::{Convert, ConvertFrom};

impl ConvertFrom<JudgingOrderDto> for JudgingOrder {
    fn convert_from(order: JudgingOrderDto) -> Self {
        match order {
            JudgingOrderDto::Difference => Self::ByDifference,
            JudgingOrderDto::Question => Self::ByQuestion,
        }
    }
}

impl ConvertFrom<PassagesToJudge> for PassagesToJudgeDto {
    fn convert_from(open: PassagesToJudge) -> Self {
        Self {
            passages: open.passages.into_iter().map(Convert::convert).collect(),
            more: open.more,
        }
    }
}

impl ConvertFrom<PassageToJudge> for PassageToJudgeDto {
    fn convert_from(open: PassageToJudge) -> Self {
        Self {
            question: open.question,
            text: open.text,
            passage: open.passage,
            judgment: open.gold.convert(),
        }
    }
}

impl ConvertFrom<JudgingEvent> for JudgingEventDto {
    fn convert_from(event: JudgingEvent) -> Self {
        match event {
            JudgingEvent::Begun { passages } => Self::Begun { passages },
            JudgingEvent::Graded {
                question,
                document,
                grade,
            } => Self::Graded {
                question,
                document,
                grade,
            },
            JudgingEvent::NoGrade { question, document } => Self::NoGrade { question, document },
            JudgingEvent::Done {
                graded,
                no_grade,
                agreement,
            } => Self::Done {
                graded,
                no_grade,
                agreement: agreement.convert(),
            },
        }
    }
}

impl ConvertFrom<JudgeAgreement> for JudgeAgreementDto {
    fn convert_from(agreement: JudgeAgreement) -> Self {
        Self {
            judge: agreement.judge,
            graded: agreement.graded,
            both: agreement.both,
            calibrated: agreement.calibrated,
            mean_grade: agreement.mean_grade,
            kappa: agreement.kappa.map(Convert::convert),
            corrected_mean: agreement.corrected_mean.map(Convert::convert),
        }
    }
}
