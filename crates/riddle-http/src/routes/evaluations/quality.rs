use actix_web::{HttpResponse, get, web};
use riddle_api::{ExpectedPowerDto, QuestionScopeDto, SetQualityDto};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{ConvertFrom, question_scope};
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Say how good an evaluation set is
///
/// Up to 200 of its questions are asked in a search for their words, which takes seconds.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name")),
    responses(
        (status = 200, description = "A score with its reasons", body = SetQualityDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}/quality")]
pub(super) async fn get_set_quality(
    state: web::Data<ServerState>,
    set: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let quality = state.engine.evaluation_set_quality(&set).await?;
    Ok(HttpResponse::Ok().json(SetQualityDto::convert_from(quality)))
}

/// Which questions a run would ask.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PowerParams {
    /// Whether the test half is asked too.
    #[serde(default)]
    questions: QuestionScopeDto,
    /// Most questions to ask; all if left out.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Say what a run can be expected to see
///
/// Differences from question to question are taken from the latest run over the set, or are those that are typical of
/// rerankers.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), PowerParams),
    responses(
        (status = 200, description = "The smallest difference that it finds", body = ExpectedPowerDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = 409, description = "Nothing in the set can be asked", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}/power")]
pub(super) async fn get_expected_power(
    state: web::Data<ServerState>,
    set: web::Path<String>,
    params: web::Query<PowerParams>,
) -> Result<HttpResponse, ApiError> {
    let scope = question_scope(params.questions);
    let power = state.engine.expected_power(&set, scope, params.limit);
    Ok(HttpResponse::Ok().json(ExpectedPowerDto::convert_from(power.await?)))
}
