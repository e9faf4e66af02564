use actix_web::{HttpResponse, get, web};
use riddle_api::RunDiffDto;
use riddle_core::EvaluationRunId;
use riddle_engine::bounds::MAX_ARM_NAME_CHARS;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::check_chars;
use crate::state::ServerState;

/// Which arms of two runs to compare.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DiffParams {
    /// Name of an arm of this run; the present settings if left out.
    arm: Option<String>,
    /// Name of an arm of the earlier run; the present settings of then if left out.
    before_arm: Option<String>,
}

/// Compare a run with an earlier one
///
/// What was changed between them, and nDCG@10 question by question.
#[utoipa::path(
    tag = "evaluations",
    params(
        ("run" = Uuid, Path, description = "Id"),
        ("before" = Uuid, Path, description = "Id of the earlier run"),
        DiffParams,
    ),
    responses(
        (status = 200, description = "The differences", body = RunDiffDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/diff/{before}")]
pub(super) async fn diff_evaluation_runs(
    state: web::Data<ServerState>,
    path: web::Path<(Uuid, Uuid)>,
    params: web::Query<DiffParams>,
) -> Result<HttpResponse, ApiError> {
    let (run, before) = path.into_inner();
    let runs = (EvaluationRunId(before), EvaluationRunId(run));
    let arms = (params.before_arm.as_deref(), params.arm.as_deref());
    check_chars("before_arm", arms.0, MAX_ARM_NAME_CHARS)?;
    check_chars("arm", arms.1, MAX_ARM_NAME_CHARS)?;
    let diff = state.engine.diff_evaluation_runs(runs, arms).await?;
    Ok(HttpResponse::Ok().json(RunDiffDto::convert_from(diff)))
}
