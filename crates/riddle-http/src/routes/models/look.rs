use actix_web::{HttpResponse, post, web};
use riddle_api::{AddModelBody, FoundModelDto};

use crate::dto::{Convert, ConvertFrom};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Look at a model that the catalogue does not have
///
/// Reads the small files of its repository and says what they say, what they leave open and was assumed, its licence,
/// size and memory. Nothing is kept.
#[utoipa::path(
    tag = "models",
    request_body = AddModelBody,
    responses(
        (status = 200, description = "What it is", body = FoundModelDto),
        (status = 409, description = "`offline`: the server does not use the network; the message says what to do", body = ErrorBody),
        (status = 422, description = "`model_refused`: it cannot be run here; the message says why", body = ErrorBody),
        (status = 503, description = "The hub does not give it; the message says why and what to do", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/models/look")]
pub(super) async fn look_at_model(
    state: web::Data<ServerState>,
    body: ApiJson<AddModelBody>,
) -> Result<HttpResponse, ApiError> {
    let found = state.engine.look_at_model(&body.0.convert()).await?;
    Ok(HttpResponse::Ok().json(FoundModelDto::convert_from(found)))
}
