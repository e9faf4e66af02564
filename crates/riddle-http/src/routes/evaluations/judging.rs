use actix_web::{HttpResponse, get, post, web};
use futures_util::StreamExt;
use riddle_api::{
    EvaluationQuestionDto, EvaluationRunDto, JudgeByModel, JudgingEventDto, JudgingOrderDto,
    JudgmentDto, PassagesToJudgeDto,
};
use riddle_core::EvaluationRunId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom, judgment};
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::extract::ApiJson;
use crate::guard::RequestId;
use crate::routes::query::error_event;
use crate::sse;
use crate::state::ServerState;

/// Passages that are given out where nothing is said.
const PASSAGES: u32 = 20;
/// Passages that a language model grades where nothing is said.
const PASSAGES_FOR_MODEL: u32 = 100;

/// How many passages to judge, and which first.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ToJudgeParams {
    /// 20 if left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `difference`, if left out: those first in which the arms differ most. `question`: whole questions in an order
    /// that is drawn for the set, a random sample, by which differences by a language model's grades are corrected.
    #[serde(default)]
    #[param(inline)]
    order: JudgingOrderDto,
}

/// Give out what nobody has judged of a run
///
/// The first ten passages of all arms, pooled, in an order that is drawn, those first in which the arms differ most, or
/// whole questions. Which arm found a passage is not said, since who judges should not know.
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
    let open = state
        .engine
        .passages_to_judge(run, limit, params.order.convert())
        .await?;
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

/// Have a language model judge passages of a run
///
/// The first ten passages of all arms, pooled: first up to 100 that people have judged, which tell how far the model
/// may be trusted, then those that nobody has judged. It grades from 0 to 3. Its grades are kept apart from those of
/// people, and count only where a run is recounted with them. A model of the family of one that an arm reranks or
/// answers with is refused. `begun` says how many passages there are; each comes as a server-sent event `graded` or
/// `no_grade`. The last event is `done`, or `error`. When the client goes, the work stops, and what was graded stays.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    request_body = JudgeByModel,
    responses(
        (status = 200, description = "Grades as they are made", content((JudgingEventDto = "text/event-stream"))),
        (status = 404, description = "No such run, or its set is gone", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/judge")]
pub(super) async fn judge_by_model(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    request_id: RequestId,
    body: ApiJson<JudgeByModel>,
) -> Result<HttpResponse, ApiError> {
    let run = EvaluationRunId(run.into_inner());
    let count = body.0.count.unwrap_or(PASSAGES_FOR_MODEL);
    let judging = state.engine.judge_by_model(run, &body.0.model, count);
    let events = judging.await?;
    let id = request_id.clone();
    let frames = events.map(move |event| match event {
        Ok(event) => {
            let event = JudgingEventDto::convert_from(event);
            sse::event(event.name(), &event)
        }
        Err(error) => error_event(error, &id),
    });
    Ok(sse::respond(frames, ErrorShape::Own, request_id))
}

/// Whose judgments count.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RecountParams {
    /// The language model whose grades count where people have said nothing; none if left out.
    judge: Option<String>,
}

/// Count a finished run anew with the judgments that its set has now
///
/// No model runs. Its report is replaced.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id"), RecountParams),
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
    params: web::Query<RecountParams>,
) -> Result<HttpResponse, ApiError> {
    let (run, judge) = (EvaluationRunId(run.into_inner()), params.judge.as_deref());
    let recounted = state.engine.recount_evaluation_run(run, judge).await?;
    Ok(HttpResponse::Ok().json(EvaluationRunDto::convert_from(recounted)))
}
