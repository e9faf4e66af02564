use std::collections::BTreeMap;

use riddle_api::NoticeDto;
use riddle_core::Notice;
use riddle_engine::HealthNotice;

use super::convert::{Convert, ConvertFrom};

impl ConvertFrom<Notice> for NoticeDto {
    fn convert_from(notice: Notice) -> Self {
        Self {
            code: notice.code().to_owned(),
            text: notice.to_string(),
            values: owned(notice.values()),
        }
    }
}

impl ConvertFrom<HealthNotice> for NoticeDto {
    fn convert_from(notice: HealthNotice) -> Self {
        Self {
            code: notice.code().to_owned(),
            text: notice.to_string(),
            values: owned(notice.values()),
        }
    }
}

/// All of them, in their order.
pub(crate) fn notices<N>(notices: Vec<N>) -> Vec<NoticeDto>
where
    NoticeDto: ConvertFrom<N>,
{
    notices.into_iter().map(Convert::convert).collect()
}

fn owned(values: Vec<(&'static str, String)>) -> BTreeMap<String, String> {
    let owned = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    owned.collect()
}
