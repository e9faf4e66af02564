use actix_web::{HttpResponse, get, web};
use riddle_api::ComparisonListDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::{DEFAULT_LIMIT, PageParams};
use crate::state::ServerState;

/// List comparisons, newest first
///
/// A page has 50 of them where `limit` is left out.
#[utoipa::path(
    tag = "comparisons",
    params(PageParams),
    responses(
        (status = 200, description = "A page", body = ComparisonListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/comparisons")]
pub(super) async fn list_comparisons(
    state: web::Data<ServerState>,
    params: web::Query<PageParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = params.limit_or(DEFAULT_LIMIT)?;
    let page = state
        .engine
        .list_comparisons(params.cursor()?, limit)
        .await?;
    Ok(HttpResponse::Ok().json(ComparisonListDto::convert_from(page)))
}
