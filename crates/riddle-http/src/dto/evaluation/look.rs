use riddle_api::{LookReasonDto, TestLookDto, TestLookListDto};
use riddle_core::{LookReason, TestLook, TestLookPage, rfc3339};

use crate::dto::convert::{Convert, ConvertFrom};

impl ConvertFrom<TestLookPage> for TestLookListDto {
    fn convert_from(page: TestLookPage) -> Self {
        Self {
            looks: page.looks.into_iter().map(Convert::convert).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl ConvertFrom<TestLook> for TestLookDto {
    fn convert_from(look: TestLook) -> Self {
        Self {
            run: look.run.map(|run| run.0),
            run_name: look.run_name,
            reason: match look.reason {
                LookReason::Finished => LookReasonDto::Finished,
                LookReason::Recounted => LookReasonDto::Recounted,
            },
            at: rfc3339(look.at),
        }
    }
}
