use actix_web::{HttpResponse, get, patch, post, web};
use futures_util::StreamExt;
use riddle_api::{
    CollectedQuestionsDto, CreateEvaluationQuestion, EvaluationQuestionDto,
    EvaluationQuestionListDto, MakeEvaluationQuestions, MakingEventDto, PatchEvaluationQuestion,
};

use crate::dto::{Convert, ConvertFrom, question_maker};
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::extract::ApiJson;
use crate::guard::RequestId;
use crate::large_json::large_json;
use crate::routes::paging::{DEFAULT_LIMIT, PlaceParams};
use crate::routes::query::error_event;
use crate::sse;
use crate::state::ServerState;

/// List the questions of a set, in order
///
/// A page has 50 of them where `limit` is left out.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), PlaceParams),
    responses(
        (status = 200, description = "A page", body = EvaluationQuestionListDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}/questions")]
pub(super) async fn list_evaluation_questions(
    state: web::Data<ServerState>,
    set: web::Path<String>,
    params: web::Query<PlaceParams>,
) -> Result<HttpResponse, ApiError> {
    let (from, limit) = (params.from()?, params.limit_or(DEFAULT_LIMIT)?);
    let (page, permit) = state.engine.evaluation_questions(&set, from, limit).await?;
    large_json(permit, move || {
        Ok(EvaluationQuestionListDto::convert_from(page))
    })
    .await
}

/// Add a question to a set
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name")),
    request_body = CreateEvaluationQuestion,
    responses(
        (status = 201, description = "Added, as confirmed", body = EvaluationQuestionDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/sets/{set}/questions")]
pub(super) async fn create_evaluation_question(
    state: web::Data<ServerState>,
    set: web::Path<String>,
    body: ApiJson<CreateEvaluationQuestion>,
) -> Result<HttpResponse, ApiError> {
    let new = body.0.convert();
    let added = state.engine.add_evaluation_question(&set, new).await?;
    Ok(HttpResponse::Created().json(EvaluationQuestionDto::convert_from(added)))
}

/// Add questions of chats and comparisons to a set
///
/// Those whose answers people found good or bad, and those of comparisons in which they chose an answer. What a good or
/// chosen answer cites is relevant to its question; of others the question alone is added. All are to be reviewed.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name")),
    responses(
        (status = 200, description = "How many there are", body = CollectedQuestionsDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = 413, description = "The set has no place for so many", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/sets/{set}/questions/collect")]
pub(super) async fn collect_evaluation_questions(
    state: web::Data<ServerState>,
    set: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let collected = state.engine.collect_evaluation_questions(&set).await?;
    Ok(HttpResponse::Ok().json(CollectedQuestionsDto::convert_from(collected)))
}

/// Show a question of a set
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), ("question" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The question", body = EvaluationQuestionDto),
        (status = 404, description = "No such set or question", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}/questions/{question}")]
pub(super) async fn get_evaluation_question(
    state: web::Data<ServerState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (set, question) = path.into_inner();
    let found = state.engine.evaluation_question(&set, &question).await?;
    Ok(HttpResponse::Ok().json(EvaluationQuestionDto::convert_from(found)))
}

/// Correct, confirm or throw away a question
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), ("question" = String, Path, description = "Its id")),
    request_body = PatchEvaluationQuestion,
    responses(
        (status = 200, description = "As it is now", body = EvaluationQuestionDto),
        (status = 404, description = "No such set or question", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[patch("/evaluations/sets/{set}/questions/{question}")]
pub(super) async fn update_evaluation_question(
    state: web::Data<ServerState>,
    path: web::Path<(String, String)>,
    body: ApiJson<PatchEvaluationQuestion>,
) -> Result<HttpResponse, ApiError> {
    let (set, question) = path.into_inner();
    let patch = body.0.convert();
    let engine = &state.engine;
    let updated = engine
        .update_evaluation_question(&set, &question, patch)
        .await?;
    Ok(HttpResponse::Ok().json(EvaluationQuestionDto::convert_from(updated)))
}

/// Make questions of passages
///
/// Each is kept as it is made, to be reviewed, and comes as a server-sent event `made`; `left_out` is a passage that
/// gave none. The last event is `done`, or `error`. When the client goes, the work stops, and what was made stays.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name")),
    request_body = MakeEvaluationQuestions,
    responses(
        (status = 200, description = "Questions as they are made", content((MakingEventDto = "text/event-stream"))),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/sets/{set}/questions/make")]
pub(super) async fn make_evaluation_questions(
    state: web::Data<ServerState>,
    set: web::Path<String>,
    request_id: RequestId,
    body: ApiJson<MakeEvaluationQuestions>,
) -> Result<HttpResponse, ApiError> {
    let maker = body.0.maker.map(question_maker);
    let count = body.0.count;
    let events = state
        .engine
        .make_evaluation_questions(&set, count, maker)
        .await?;
    let id = request_id.clone();
    let frames = events.map(move |event| match event {
        Ok(event) => {
            let event = MakingEventDto::convert_from(event);
            sse::event(event.name(), &event)
        }
        Err(error) => error_event(error, &id),
    });
    Ok(sse::respond(frames, ErrorShape::Own, request_id))
}
