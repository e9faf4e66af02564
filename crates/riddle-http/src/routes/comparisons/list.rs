use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::ComparisonListDto;
use crate::error::{ApiError, ErrorBody};
use crate::routes::page_limit;
use crate::state::ServerState;

const DEFAULT_LIMIT: u32 = 50;

/// Which comparisons to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Comparisons on the page, 1 to 1000; 50 if left out.
    #[param(value_type = Option<u32>, example = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List comparisons, newest first
#[utoipa::path(
    tag = "comparisons",
    params(ListParams),
    responses(
        (status = 200, description = "A page", body = ComparisonListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/comparisons")]
pub(super) async fn list_comparisons(
    state: web::Data<ServerState>,
    params: web::Query<ListParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = page_limit(params.limit.as_deref(), DEFAULT_LIMIT)?;
    let page = state
        .engine
        .list_comparisons(params.cursor.as_deref(), limit)
        .await?;
    Ok(HttpResponse::Ok().json(ComparisonListDto::from(page)))
}
