use riddle_api::EvaluationReportDto;
use riddle_evaluation::Report;

use crate::error::ApiError;

/// A report as public JSON. Unlike other types it is read from the domain's own JSON: it is kept as such, and so large
/// that hundreds of lines would say that each field is itself. A test holds both to the same fields.
pub(crate) fn public_report(report: &Report) -> Result<EvaluationReportDto, ApiError> {
    let read = serde_json::to_value(report).and_then(serde_json::from_value);
    read.map_err(|error| ApiError::internal(format!("a report has another shape: {error}")))
}
