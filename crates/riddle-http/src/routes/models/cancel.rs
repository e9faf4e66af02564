use actix_web::{HttpResponse, delete, web};

use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Cancel the download of a model
///
/// What has come stays, so that the next download goes on from there. Nothing happens where none runs.
#[utoipa::path(
    tag = "models",
    params(("name" = String, Path, description = "The model's name")),
    responses(
        (status = 204, description = "No download of it runs"),
        (status = 404, description = "No such model", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[delete("/models/{name}/pull")]
pub(super) async fn cancel_pull(
    state: web::Data<ServerState>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state.engine.cancel_download(&name).await?;
    Ok(HttpResponse::NoContent().finish())
}
