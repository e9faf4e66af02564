use actix_web::{HttpResponse, get, web};
use futures_util::StreamExt;
use riddle_api::DocumentEventDto;
use riddle_core::DocumentId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody, ErrorShape};
use crate::guard::RequestId;
use crate::sse;
use crate::state::ServerState;

/// Follow a document's progress
///
/// Server-sent events named `progress`, beginning with where the document stands and ending when it is ready, failed
/// or deleted.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses(
        (status = 200, description = "Events named `progress`", body = DocumentEventDto, content_type = "text/event-stream"),
        (status = 404, description = "No such document", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/documents/{id}/events")]
pub(super) async fn follow_document(
    state: web::Data<ServerState>,
    request_id: RequestId,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let events = state.engine.document_events(DocumentId(*id)).await?;
    let frames = events
        .map(|event| sse::event("progress", &DocumentEventDto::convert_from(event)))
        .take_until(state.stopping.clone().cancelled_owned());
    Ok(sse::respond(frames, ErrorShape::Own, request_id))
}
