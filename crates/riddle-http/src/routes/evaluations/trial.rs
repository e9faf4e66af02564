use actix_web::{HttpResponse, post, web};
use riddle_api::{SettingCurvesDto, SettingsTrialDto, TrySettings};
use riddle_core::EvaluationRunId;
use riddle_evaluation::WhatIf;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Try other settings on the scores that a run has kept
///
/// No model runs: the kept scores are put together anew.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    request_body = TrySettings,
    responses(
        (status = 200, description = "What they would give", body = SettingsTrialDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/trial")]
pub(super) async fn try_evaluation_settings(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    body: ApiJson<TrySettings>,
) -> Result<HttpResponse, ApiError> {
    let (arm, settings) = tried(body.0);
    let id = EvaluationRunId(*run);
    let found = state
        .engine
        .try_evaluation_settings(id, &arm, settings)
        .await?;
    Ok(HttpResponse::Ok().json(SettingsTrialDto {
        questions: found.questions,
        ndcg_10: found.ndcg_10,
        success_top_n: found.success_top_n,
        reranked: found.reranked,
        rerank_ms: found.rerank_ms,
    }))
}

/// Show how the figures go with each setting
///
/// As a trial, with one setting after the other at several values.
#[utoipa::path(
    tag = "evaluations",
    params(("run" = Uuid, Path, description = "Id")),
    request_body = TrySettings,
    responses(
        (status = 200, description = "The curves", body = SettingCurvesDto),
        (status = 404, description = "No such run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/evaluations/runs/{run}/curves")]
pub(super) async fn get_setting_curves(
    state: web::Data<ServerState>,
    run: web::Path<Uuid>,
    body: ApiJson<TrySettings>,
) -> Result<HttpResponse, ApiError> {
    let (arm, settings) = tried(body.0);
    let id = EvaluationRunId(*run);
    let engine = &state.engine;
    let curves = engine.evaluation_setting_curves(id, &arm, settings).await?;
    Ok(HttpResponse::Ok().json(SettingCurvesDto::convert_from(curves)))
}

fn tried(body: TrySettings) -> (String, WhatIf) {
    let settings = WhatIf {
        depth: body.depth,
        weight: body.weight,
        top_n: body.top_n,
        skip_lead: body.skip_lead,
    };
    (body.arm, settings)
}
