use actix_web::{HttpResponse, delete, get, web};
use riddle_api::{LiveComparisonsDto, LiveQuestionListDto};
use riddle_core::MessageId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::{DEFAULT_LIMIT, page_limit};
use crate::state::ServerState;

/// Show what another way to search would have changed
///
/// A share of the questions of chats is searched in another way too, after they are answered and in the time that
/// people leave, if the configuration says so. Nobody has said what is relevant to them, so this is no quality: it says
/// how much would change, and what it would cost.
#[utoipa::path(
    tag = "evaluations",
    responses(
        (status = 200, description = "All comparisons that have a question", body = LiveComparisonsDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/evaluations/live")]
pub(super) async fn get_live_comparisons(
    state: web::Data<ServerState>,
) -> Result<HttpResponse, ApiError> {
    let live = state.engine.live_comparisons().await?;
    Ok(HttpResponse::Ok().json(LiveComparisonsDto::convert_from(live)))
}

/// Which questions of live comparisons.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LiveQuestionParams {
    /// Questions at most, 1 to 1000.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// Id of an answer: its question alone, if it was searched in another way and its sources are still kept.
    message: Option<Uuid>,
}

/// List the latest questions that were searched in another way too
///
/// There are at most 50 where `limit` is left out.
#[utoipa::path(
    tag = "evaluations",
    params(LiveQuestionParams),
    responses(
        (status = 200, description = "With the first three sources of both ways", body = LiveQuestionListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/evaluations/live/questions")]
pub(super) async fn list_live_questions(
    state: web::Data<ServerState>,
    params: web::Query<LiveQuestionParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = page_limit(params.limit.as_deref(), DEFAULT_LIMIT)?;
    let of = params.message.map(MessageId);
    let questions = state.engine.live_questions(of, limit).await?;
    let questions = questions.into_iter().map(Convert::convert).collect();
    let share = state.engine.live_share();
    Ok(HttpResponse::Ok().json(LiveQuestionListDto { share, questions }))
}

/// Delete all that live comparisons have kept
///
/// The chats stay. Whether further questions are searched in another way is the configuration's to say.
#[utoipa::path(
    tag = "evaluations",
    responses(
        (status = 204, description = "It is gone"),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[delete("/evaluations/live")]
pub(super) async fn delete_live_comparisons(
    state: web::Data<ServerState>,
) -> Result<HttpResponse, ApiError> {
    state.engine.delete_live_comparisons().await?;
    Ok(HttpResponse::NoContent().finish())
}
