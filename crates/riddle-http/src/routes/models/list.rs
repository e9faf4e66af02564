use actix_web::{HttpResponse, get, web};
use riddle_api::LibraryDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// List the models that can be used
///
/// Those of the catalogue, whether their files are here or not, then those that run here and are not of the catalogue,
/// such as a GGUF file of its own or a model of another server.
#[utoipa::path(
    tag = "models",
    responses(
        (status = 200, description = "All of them", body = LibraryDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/models")]
pub(super) async fn list_library(state: web::Data<ServerState>) -> Result<HttpResponse, ApiError> {
    let library = state.engine.list_library().await?;
    Ok(HttpResponse::Ok().json(LibraryDto::convert_from(library)))
}
