use actix_web::{HttpResponse, get, web};
use futures_util::StreamExt;
use riddle_api::DownloadDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::guard::RequestId;
use crate::sse;
use crate::state::ServerState;

/// Follow the download of a model
///
/// Server-sent events named `progress`, a few a second at most, beginning with where the latest download since the
/// start of the server stands and ending with its end.
#[utoipa::path(
    tag = "models",
    params(("name" = String, Path, description = "The model's name")),
    responses(
        (status = 200, description = "Events named `progress`", body = DownloadDto, content_type = "text/event-stream"),
        (status = 404, description = "No such model, or it was not fetched since the server was started", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/models/{name}/events")]
pub(super) async fn follow_pull(
    state: web::Data<ServerState>,
    request_id: RequestId,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let events = state.engine.download_events(&name)?;
    let frames = events
        .map(|download| sse::event("progress", &DownloadDto::convert_from(download)))
        .take_until(state.stopping.clone().cancelled_owned());
    Ok(sse::respond(frames, ErrorShape::Own, request_id))
}
