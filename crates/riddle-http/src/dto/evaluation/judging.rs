use riddle_api::{PassageToJudgeDto, PassagesToJudgeDto};
use riddle_engine::{PassageToJudge, PassagesToJudge};

use crate::dto::convert::{Convert, ConvertFrom};

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
