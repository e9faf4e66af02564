use actix_web::{HttpResponse, get, web};
use riddle_api::SystemDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// What the server takes of its machine
///
/// Sizes on the disk may be some seconds old.
#[utoipa::path(
    tag = "system",
    responses(
        (status = 200, description = "Folders, sizes, memory, work that waits", body = SystemDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/system")]
pub(super) async fn get_system(state: web::Data<ServerState>) -> Result<HttpResponse, ApiError> {
    let system = state.engine.system().await?;
    Ok(HttpResponse::Ok().json(SystemDto::convert_from(system)))
}
