use actix_web::{HttpResponse, post, web};
use riddle_api::DownloadDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Fetch the files of a model
///
/// Goes on where an earlier download stopped, and checks every file. While one of the model runs, its state is
/// answered. At most three models are fetched at the same time. Where the server has no embedder, reranker or language
/// model yet and is not told which to take, the model is taken as soon as it is here.
#[utoipa::path(
    tag = "models",
    params(("name" = String, Path, description = "The model's name", example = "bge-reranker-base")),
    responses(
        (status = 202, description = "The download has begun, or runs already", body = DownloadDto),
        (status = 404, description = "No such model", body = ErrorBody),
        (status = 409, description = "`offline`: the server does not use the network; the message says what to do", body = ErrorBody),
        (status = 429, description = "Too many downloads run", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/models/{name}/pull")]
pub(super) async fn pull_model(
    state: web::Data<ServerState>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let download = state.engine.fetch_model(&name).await?;
    Ok(HttpResponse::Accepted().json(DownloadDto::convert_from(download)))
}
