use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that the user should know.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"code": "embedder_left_out", "text": "The embedder `all-minilm-l6-v2` does not know Chinese, so this search used BM25 alone.", "values": {"language": "zh", "model": "all-minilm-l6-v2"}}))]
pub struct NoticeDto {
    /// In an answer or a search `embedder_left_out`, `embedder_unfit`, `embedder_unavailable`, `vectors_unavailable`,
    /// `no_embedder`, `found_by_name`, `no_embedder_in`, `other_language`, `no_language_model`, `passages_left_out`,
    /// `empty_answer`, `no_citation`, `answer_cut`, `instructions_removed`, `repetition_ended` or `rewrite_failed`; in
    /// a health report `no_embedder_installed`, `reranker_stand_in`, `no_reranker_installed`,
    /// `no_language_model_installed`, `language_model_loading`, `language_model_failed`, `disk_full`, `writes_refused`,
    /// `writes_slow`, `documents_held_up`, `embedder_away`, `vectors_away`, `damaged_originals` or `backup_failed`.
    pub code: String,
    /// An English sentence.
    pub text: String,
    /// What the sentence names, for who says it in another language.
    pub values: BTreeMap<String, String>,
}
