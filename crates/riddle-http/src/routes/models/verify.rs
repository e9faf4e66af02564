use actix_web::{HttpResponse, post, web};
use riddle_api::VerificationDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Verify a model
///
/// Hashes its files again, loads it once more beside what runs, and scores the pairs again whose scores its publishers
/// print. It takes as long as that takes, and the memory of the model a second time; one model is verified at a time.
#[utoipa::path(
    tag = "models",
    params(("name" = String, Path, description = "The model's name", example = "bge-reranker-base")),
    responses(
        (status = 200, description = "What came of it", body = VerificationDto),
        (status = 404, description = "No such model", body = ErrorBody),
        (status = 409, description = "`model_absent`: its files are not here; `model_busy`: they are being changed", body = ErrorBody),
        (status = 429, description = "Another model is being verified", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/models/{name}/verify")]
pub(super) async fn verify_model(
    state: web::Data<ServerState>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let verification = state.engine.verify_model(&name).await?;
    Ok(HttpResponse::Ok().json(VerificationDto::convert_from(verification)))
}
