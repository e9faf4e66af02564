use riddle_api::{CreateChat, InPlaceOf, PatchChat, VerdictDto};
use riddle_core::Verdict;
use riddle_engine::{ChatPatch, NewChat};

use crate::dto::convert::ConvertFrom;
use crate::extract::Part;

impl Part for InPlaceOf {
    const FIELDS: &'static [&'static str] = &["replaces"];
}

impl ConvertFrom<CreateChat> for NewChat {
    fn convert_from(body: CreateChat) -> Self {
        Self {
            title: body.title,
            knowledge_bases: body.knowledge_bases,
            chat_model: body.chat_model,
        }
    }
}

impl ConvertFrom<PatchChat> for ChatPatch {
    fn convert_from(body: PatchChat) -> Self {
        Self {
            title: body.title,
            knowledge_bases: body.knowledge_bases,
            chat_model: body.chat_model,
        }
    }
}

impl ConvertFrom<VerdictDto> for Verdict {
    fn convert_from(verdict: VerdictDto) -> Self {
        match verdict {
            VerdictDto::Up => Self::Up,
            VerdictDto::Down => Self::Down,
        }
    }
}
