use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, delete, get, post, web};
use riddle_api::{
    CreateEvaluationSet, CreatedEvaluationSetDto, EvaluationExportDto, EvaluationFormatDto,
    EvaluationSetDto, EvaluationSetListDto, TestLookListDto,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::{Convert, ConvertFrom, export_format, new_evaluation_set};
use crate::error::{ApiError, ErrorBody};
use crate::extract::TextsJson;
use crate::large_json::large_json;
use crate::routes::paging::{DEFAULT_LIMIT, PageParams};
use crate::state::ServerState;

/// Make an evaluation set
///
/// Of files in one of the formats, or empty. Where the files bring documents and no knowledge base is named, one of the
/// set's name is made of them. If anything is wrong, nothing is kept, and the message names file, line and field.
#[utoipa::path(
    tag = "evaluations",
    request_body = CreateEvaluationSet,
    responses(
        (status = 201, description = "Made", body = CreatedEvaluationSetDto),
        (status = 404, description = "No such knowledge base", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/sets")]
pub(super) async fn create_evaluation_set(
    state: web::Data<ServerState>,
    body: TextsJson<CreateEvaluationSet>,
) -> Result<HttpResponse, ApiError> {
    let new = new_evaluation_set(body.0);
    let (set, warnings) = state.engine.create_evaluation_set(new).await?;
    let location = format!("/api/v1/evaluations/sets/{}", set.id);
    let set = EvaluationSetDto::convert_from(set);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(CreatedEvaluationSetDto { set, warnings }))
}

/// List evaluation sets by name
#[utoipa::path(
    tag = "evaluations",
    responses(
        (status = 200, description = "All of them", body = EvaluationSetListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets")]
pub(super) async fn list_evaluation_sets(
    state: web::Data<ServerState>,
) -> Result<HttpResponse, ApiError> {
    let sets = state.engine.list_evaluation_sets().await?;
    Ok(HttpResponse::Ok().json(EvaluationSetListDto::convert_from(sets)))
}

/// Show an evaluation set
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name")),
    responses(
        (status = 200, description = "The set", body = EvaluationSetDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}")]
pub(super) async fn get_evaluation_set(
    state: web::Data<ServerState>,
    set: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = state.engine.evaluation_set(&set).await?;
    Ok(HttpResponse::Ok().json(EvaluationSetDto::convert_from(found)))
}

/// List the looks at the test half of a set, newest first
///
/// Each report that shows figures of the test half is one: that of a run over both halves, and each recount of it. A
/// page has 50 of them where `limit` is left out.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), PageParams),
    responses(
        (status = 200, description = "A page", body = TestLookListDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}/looks")]
pub(super) async fn list_test_looks(
    state: web::Data<ServerState>,
    set: web::Path<String>,
    params: web::Query<PageParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = params.limit_or(DEFAULT_LIMIT)?;
    let page = state
        .engine
        .test_looks(&set, params.cursor()?, limit)
        .await?;
    Ok(HttpResponse::Ok().json(TestLookListDto::convert_from(page)))
}

/// Delete an evaluation set
///
/// Runs over it stay.
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/evaluations/sets/{set}")]
pub(super) async fn delete_evaluation_set(
    state: web::Data<ServerState>,
    set: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state.engine.delete_evaluation_set(&set).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How to write a set.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportParams {
    /// `jsonl` keeps everything, `csv` all but origin, review and half, `beir` and `trec` which documents are relevant.
    format: EvaluationFormatDto,
}

/// Write an evaluation set as files
#[utoipa::path(
    tag = "evaluations",
    params(("set" = String, Path, description = "Id or name"), ExportParams),
    responses(
        (status = 200, description = "The files", body = EvaluationExportDto),
        (status = 404, description = "No such set", body = ErrorBody),
        (status = 413, description = "The files would be too large for one response", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/evaluations/sets/{set}/export")]
pub(super) async fn export_evaluation_set(
    state: web::Data<ServerState>,
    set: web::Path<String>,
    params: web::Query<ExportParams>,
) -> Result<HttpResponse, ApiError> {
    let format = export_format(params.format);
    let (export, permit) = state.engine.export_evaluation_set(&set, format).await?;
    large_json(permit, move || {
        let export: EvaluationExportDto = export.convert();
        Ok(export)
    })
    .await
}
