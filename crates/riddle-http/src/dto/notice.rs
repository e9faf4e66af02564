use std::collections::BTreeMap;

use riddle_core::Notice;
use riddle_engine::HealthNotice;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that the user should know.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"code": "embedder_left_out", "text": "The embedder `all-minilm-l6-v2` does not know Chinese, so this search used BM25 alone.", "values": {"language": "zh", "model": "all-minilm-l6-v2"}}))]
pub(crate) struct NoticeDto {
    /// In an answer or a search `embedder_left_out`, `embedder_unfit`, `embedder_unavailable`, `no_embedder`,
    /// `no_embedder_in`, `no_language_model`, `passages_left_out`, `empty_answer`, `no_citation`, `answer_cut` or
    /// `rewrite_failed`; in a health report `no_embedder_installed`, `reranker_stand_in`, `no_reranker_installed`,
    /// `no_language_model_installed`, `language_model_loading` or `language_model_failed`.
    code: &'static str,
    /// An English sentence.
    text: String,
    /// What the sentence names, for who says it in another language.
    values: BTreeMap<&'static str, String>,
}

impl From<Notice> for NoticeDto {
    fn from(notice: Notice) -> Self {
        Self {
            code: notice.code(),
            text: notice.to_string(),
            values: notice.values().into_iter().collect(),
        }
    }
}

impl From<HealthNotice> for NoticeDto {
    fn from(notice: HealthNotice) -> Self {
        Self {
            code: notice.code(),
            text: notice.to_string(),
            values: notice.values().into_iter().collect(),
        }
    }
}

/// All of them, in their order.
pub(crate) fn notices<N: Into<NoticeDto>>(notices: Vec<N>) -> Vec<NoticeDto> {
    notices.into_iter().map(Into::into).collect()
}
