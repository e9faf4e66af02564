use actix_web::{HttpResponse, post, web};
use riddle_api::{AuditBody, AuditDto};
use riddle_engine::AuditOptions;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Compare the database with the indexes
///
/// With `repair` what differs is queued for indexing. With `originals` the uploaded files are read and compared with
/// their hashes. With `vectors` some of each knowledge base are searched for by themselves.
#[utoipa::path(
    tag = "system",
    request_body = AuditBody,
    responses(
        (status = 200, description = "What each store holds", body = AuditDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[post("/audit")]
pub(super) async fn audit(
    state: web::Data<ServerState>,
    body: ApiJson<AuditBody>,
) -> Result<HttpResponse, ApiError> {
    let AuditBody {
        repair,
        originals,
        vectors,
    } = body.0;
    let options = AuditOptions {
        repair,
        originals,
        vectors,
    };
    let report = state.engine.audit(options).await?;
    Ok(HttpResponse::Ok().json(AuditDto::convert_from(report)))
}
