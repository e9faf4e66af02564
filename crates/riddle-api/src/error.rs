use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "code": "knowledge_base_not_found",
    "message": "no knowledge base `manuals`; list them, or create it first",
    "param": null,
    "request_id": "0197c0de7a1b7c3d9e5f001122334455"
}))]
pub struct ErrorBody {
    /// Stable name for programs.
    pub code: String,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// The field at fault: its path in the body, such as `retrieval.top_n`, or the name of the query's parameter; null
    /// where no single field is.
    pub param: Option<String>,
    /// The same as in the `X-Request-Id` header; the server's log has it too.
    pub request_id: String,
}
