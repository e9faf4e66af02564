use actix_web::{HttpResponse, post, web};
use riddle_api::{AddModelBody, AddedModelDto};

use crate::dto::Convert;
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
use crate::state::ServerState;

/// Add a model that the catalogue does not have
///
/// Looks at it, fetches its files and uses it once; one that does not work leaves nothing behind. While it comes, it is
/// one of the models of the list, and its download is followed and cancelled like any other. It can be used as soon as
/// it is here.
#[utoipa::path(
    tag = "models",
    request_body = AddModelBody,
    responses(
        (status = 202, description = "Its download has begun, or runs already", body = AddedModelDto),
        (status = 409, description = "`offline`: the server does not use the network; the message says what to do", body = ErrorBody),
        (status = 422, description = "`model_refused`: it cannot be run here, or its name is taken; the message says why", body = ErrorBody),
        (status = 429, description = "Too many downloads run", body = ErrorBody),
        (status = 503, description = "The hub does not give it; the message says why and what to do", body = ErrorBody),
        (status = 507, description = "The disk has too little room for it", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/models")]
pub(super) async fn add_model(
    state: web::Data<ServerState>,
    body: ApiJson<AddModelBody>,
) -> Result<HttpResponse, ApiError> {
    let (found, download) = state.engine.add_model(body.0.convert()).await?;
    Ok(HttpResponse::Accepted().json(AddedModelDto {
        name: found.entry.name,
        download: download.convert(),
    }))
}
