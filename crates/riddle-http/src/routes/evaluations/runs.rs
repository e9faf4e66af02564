use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, delete, get, patch, post, web};
use riddle_api::{
    AppliedArmDto, ApplyEvaluationArm, ControlEvaluationRun, CreateEvaluationRun,
    EvaluationExportDto, EvaluationReportDto, EvaluationRunDto, EvaluationRunListDto,
    KnowledgeBaseDto, OutcomeDto, PatchEvaluationRun, RunQuestionListDto, TakenOverDto,
};
use riddle_core::EvaluationRunId;
use riddle_engine::bounds::{MAX_ARM_NAME_CHARS, MAX_QUESTION_ID_CHARS};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom, changed_retrieval, outcome, public_report, run_questions};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{ApiJson, RerankJson, TextsJson};
use crate::large_json::large_json;
use crate::routes::paging::{DEFAULT_LIMIT, check_chars, page_cursor, page_limit, place_from};
use crate::state::ServerState;

/// Start a run
///
/// It waits for its turn and goes on in the time that people leave. Nothing is lost if the server ends meanwhile. If
/// anything is wrong with a file of `trec_runs`, the message names file, line and field.
#[utoipa::path(
    tag = "evaluations",
    request_body = CreateEvaluationRun,
    responses(
        (status = 202, description = "Queued", body = EvaluationRunDto),
        (status = 404, description = "No such set, knowledge base or reranker", body = ErrorBody),
        (status = 409, description = "There is nothing to ask, or documents are not ready", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs")]
pub(super) async fn create_evaluation_run(
    state: web::Data<ServerState>,
    body: TextsJson<CreateEvaluationRun>,
) -> Result<HttpResponse, ApiError> {
    let set = body.0.set.clone();
    let run = state
        .engine
        .create_evaluation_run(&set, body.0.convert())
        .await?;
    let location = format!("/api/v1/evaluations/runs/{}", run.run.id);
    Ok(HttpResponse::Accepted()
        .insert_header((LOCATION, location))
        .json(EvaluationRunDto::convert_from(run)))
}

/// Which page of the runs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RunsParams {
    /// Id or name of a set: the runs over it alone.
    set: Option<String>,
    /// Entries on the page, 1 to 1000.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List runs, newest first
///
/// A page has 50 of them where `limit` is left out.
#[utoipa::path(
    tag = "evaluations",
    params(RunsParams),
    responses(
        (status = 200, description = "A page", body = EvaluationRunListDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs")]
pub(super) async fn list_evaluation_runs(
    state: web::Data<ServerState>,
    params: web::Query<RunsParams>,
) -> Result<HttpResponse, ApiError> {
    let RunsParams { set, limit, cursor } = params.into_inner();
    let limit = page_limit(limit.as_deref(), DEFAULT_LIMIT)?;
    let cursor = page_cursor(cursor)?;
    let (set, cursor) = (set.as_deref(), cursor.as_deref());
    let listed = state.engine.list_evaluation_runs(set, cursor, limit);
    let (runs, next_cursor) = listed.await?;
    Ok(HttpResponse::Ok().json(EvaluationRunListDto {
        runs: runs.into_iter().map(Convert::convert).collect(),
        next_cursor,
    }))
}

/// Show a run and how far it is
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The run", body = EvaluationRunDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}")]
pub(super) async fn get_evaluation_run(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let found = state.engine.evaluation_run(EvaluationRunId(*run)).await?;
    Ok(HttpResponse::Ok().json(EvaluationRunDto::convert_from(found)))
}

/// Rename a run, or note something about it
///
/// The note is for those who look at the figures later, such as what was changed before the run.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    request_body = PatchEvaluationRun,
    responses(
        (status = 200, description = "As it is now", body = EvaluationRunDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[patch("/evaluations/runs/{run}")]
pub(super) async fn describe_evaluation_run(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    body: ApiJson<PatchEvaluationRun>,
) -> Result<HttpResponse, ApiError> {
    let PatchEvaluationRun { name, note } = body.0;
    let id = EvaluationRunId(*run);
    let run = state.engine.describe_evaluation_run(id, name, note).await?;
    Ok(HttpResponse::Ok().json(EvaluationRunDto::convert_from(run)))
}

/// Delete a run with all its results
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/evaluations/runs/{run}")]
pub(super) async fn delete_evaluation_run(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    state
        .engine
        .delete_evaluation_run(EvaluationRunId(*run))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Pause, resume or cancel a run
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    request_body = ControlEvaluationRun,
    responses(
        (status = 200, description = "As it stands now", body = EvaluationRunDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = 409, description = "It has ended", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/control")]
pub(super) async fn control_evaluation_run(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    body: ApiJson<ControlEvaluationRun>,
) -> Result<HttpResponse, ApiError> {
    let id = EvaluationRunId(*run);
    let control = body.0.action.convert();
    let run = state.engine.control_evaluation_run(id, control).await?;
    Ok(HttpResponse::Ok().json(EvaluationRunDto::convert_from(run)))
}

/// Make the knowledge base search as an arm does
///
/// The answer has the settings of before, which undoing gives it again.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    request_body = ApplyEvaluationArm,
    responses(
        (status = 200, description = "The knowledge base as it is now", body = AppliedArmDto),
        (status = 404, description = "No such run, or its knowledge base is gone", body = ErrorBody),
        (status = 409, description = "The run has no report, or is over several knowledge bases", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/apply")]
pub(super) async fn apply_evaluation_arm(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    body: RerankJson<ApplyEvaluationArm>,
) -> Result<HttpResponse, ApiError> {
    let id = EvaluationRunId(*run);
    let ApplyEvaluationArm {
        arm,
        retrieval: patch,
    } = body.0;
    let change = |settings| match patch {
        Some(patch) => changed_retrieval(patch, settings),
        None => settings,
    };
    let engine = &state.engine;
    let applied = engine.apply_evaluation_arm(id, &arm, change).await?;
    Ok(HttpResponse::Ok().json(AppliedArmDto::convert_from(applied)))
}

/// Show what can be undone
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "What the knowledge base took over from the run last", body = TakenOverDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/undo")]
pub(super) async fn get_taken_over_arm(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = EvaluationRunId(*run);
    let applied = state.engine.applied_evaluation_arm(id).await?;
    Ok(HttpResponse::Ok().json(TakenOverDto::convert_from(applied)))
}

/// Make the knowledge base search as before
///
/// As it did before it took over an arm of the run, the last one first.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The knowledge base as it is now", body = KnowledgeBaseDto),
        (status = 404, description = "No such run, or its knowledge base is gone", body = ErrorBody),
        (status = 409, description = "Nothing was taken over, or settings were changed since", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/undo")]
pub(super) async fn undo_evaluation_arm(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = EvaluationRunId(*run);
    let now = state.engine.undo_evaluation_arm(id).await?;
    Ok(HttpResponse::Ok().json(KnowledgeBaseDto::convert_from(now)))
}

/// Show what a run found
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    responses(
        (status = 200, description = "The report", body = EvaluationReportDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = 409, description = "It has no report, or none yet", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/report")]
pub(super) async fn get_evaluation_report(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let (report, permit) = state
        .engine
        .evaluation_report(EvaluationRunId(*run))
        .await?;
    large_json(permit, move || public_report(&report)).await
}

/// Which questions of a run.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RunQuestionParams {
    /// Place to begin with, from 0.
    #[param(value_type = Option<u32>, example = 0)]
    from: Option<String>,
    /// Entries on the page, 1 to 1000.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// Id of a question in the set: this one alone, if it is done.
    question: Option<String>,
}

/// List the questions of a run with how each arm did, as far as they are done
///
/// A page has at most 50 of them, also where `limit` is larger: each is read with all its candidates.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id"), RunQuestionParams),
    responses(
        (status = 200, description = "A page", body = RunQuestionListDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/questions")]
pub(super) async fn list_run_questions(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    params: web::Query<RunQuestionParams>,
) -> Result<HttpResponse, ApiError> {
    let from = place_from(params.from.as_deref())?;
    let question = params.question.as_deref();
    check_chars("question", question, MAX_QUESTION_ID_CHARS)?;
    let limit = page_limit(params.limit.as_deref(), DEFAULT_LIMIT)?;
    let id = EvaluationRunId(*run);
    let engine = &state.engine;
    let arms = engine.evaluation_run(id).await?.run.manifest.arms;
    let page = match question {
        Some(question) => engine.evaluation_outcome_of(id, question).await?,
        None => engine.evaluation_outcomes(id, from, limit).await?,
    };
    Ok(HttpResponse::Ok().json(run_questions(&page, &arms)))
}

/// Show a question of a run with its candidates
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id"), ("place" = u32, Path, description = "Its place in the run")),
    responses(
        (status = 200, description = "The question", body = OutcomeDto),
        (status = 404, description = "No such run, or no such question of it that is done", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/questions/{place}")]
pub(super) async fn get_run_question(
    state: web::Data<ServerState>,
    path: web::Path<(Uuid, u32)>,
) -> Result<HttpResponse, ApiError> {
    let (run, place) = path.into_inner();
    let (found, passages) = state
        .engine
        .evaluation_outcome(EvaluationRunId(run), place)
        .await?;
    Ok(HttpResponse::Ok().json(outcome(place, found, passages)))
}

/// Which arm of a run to write.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportRunParams {
    /// Name of an arm of the run; the present settings if left out.
    arm: Option<String>,
}

/// Write what a run found as files of TREC
///
/// A run file and the judgments that the run counted by (qrels), for programs that compute measures. What is ranked is
/// what the run counts: documents where documents are judged, else passages by the ids of their chunks. Blanks in ids
/// and names are written as in addresses.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id"), ExportRunParams),
    responses(
        (status = 200, description = "The files", body = EvaluationExportDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = 409, description = "The run is not finished", body = ErrorBody),
        (status = 413, description = "The files would be too large for one response", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/runs/{run}/trec")]
pub(super) async fn export_evaluation_run(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    params: web::Query<ExportRunParams>,
) -> Result<HttpResponse, ApiError> {
    let (engine, id) = (&state.engine, EvaluationRunId(*run));
    let arm = params.arm.as_deref();
    check_chars("arm", arm, MAX_ARM_NAME_CHARS)?;
    let exported = engine.export_evaluation_run(id, arm);
    let (export, permit) = exported.await?;
    large_json(permit, move || {
        let export: EvaluationExportDto = export.convert();
        Ok(export)
    })
    .await
}
