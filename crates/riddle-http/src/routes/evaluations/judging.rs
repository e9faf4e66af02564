use actix_web::{HttpResponse, get, post, web};
use riddle_api::{EvaluationQuestionDto, EvaluationRunDto, JudgmentDto, PassagesToJudgeDto};
use riddle_core::EvaluationRunId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::{ConvertFrom, judgment};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Passages that are given out where nothing is said.
const PASSAGES: u32 = 20;

/// How many passages to judge.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ToJudgeParams {
    /// 20 if left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Give out what nobody has judged of a run
///
/// The first ten passages of all arms, pooled, in a random order, those first in which the arms differ most. Which arm
/// found a passage is not said, since who judges should not know.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id"), ToJudgeParams),
    responses(
        (status = 200, description = "Passages with their questions", body = PassagesToJudgeDto),
        (status = 404, description = "No such run, or its set is gone", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/to-judge")]
pub(super) async fn list_passages_to_judge(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    params: web::Query<ToJudgeParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = params.limit.unwrap_or(PASSAGES);
    let run = EvaluationRunId(run.into_inner());
    let open = state.engine.passages_to_judge(run, limit).await?;
    Ok(HttpResponse::Ok().json(PassagesToJudgeDto::convert_from(open)))
}

/// Judge a passage, or a document, for a question
///
/// What was said of the same words before is replaced. A judgment above 0 says that the documents answer the question.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), ("question" = String, Path, description = "Its id")),
    request_body = JudgmentDto,
    responses(
        (status = 200, description = "The question as it is now", body = EvaluationQuestionDto),
        (status = 404, description = "No such set or question", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/sets/{set}/questions/{question}/judgments")]
pub(super) async fn judge_passage(
    state: web::Data<ServerState>,
    path: web::Path<(String, String)>,
    body: ApiJson<JudgmentDto>,
) -> Result<HttpResponse, ApiError> {
    let (set, question) = path.into_inner();
    let gold = judgment(body.0);
    let judged = state.engine.judge_passage(&set, &question, gold).await?;
    Ok(HttpResponse::Ok().json(EvaluationQuestionDto::convert_from(judged)))
}

/// Count a finished run anew with the judgments that its set has now
///
/// No model runs. Its report is replaced.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The run", body = EvaluationRunDto),
        (status = 404, description = "No such run, or its set is gone", body = ErrorBody),
        (status = 409, description = "It is not finished", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/recount")]
pub(super) async fn recount_evaluation_run(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let run = EvaluationRunId(run.into_inner());
    let recounted = state.engine.recount_evaluation_run(run).await?;
    Ok(HttpResponse::Ok().json(EvaluationRunDto::convert_from(recounted)))
}
