use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of the looks at the test half of a set. Those of before such looks were kept are counted by the set alone.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TestLookListDto {
    /// Newest first.
    pub looks: Vec<TestLookDto>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A report that has shown figures of the test half of a set.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "run": "0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e0f", "run_name": "leave", "reason": "finished",
    "at": "2026-03-01T09:40:00.000Z"
}))]
pub struct TestLookDto {
    /// The run whose report it was; null if that was deleted since.
    pub run: Option<Uuid>,
    /// Name of the run; of one that was deleted, as it was called then.
    pub run_name: String,
    pub reason: LookReasonDto,
    /// RFC 3339, UTC.
    pub at: String,
}

/// What the report was made for: the run had asked all its questions, or it was counted anew with new judgments.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookReasonDto {
    Finished,
    Recounted,
}
