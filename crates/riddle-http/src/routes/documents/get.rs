use actix_web::{HttpResponse, get, web};
use riddle_api::DocumentDto;
use riddle_core::DocumentId;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Look at a document
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document")),
    responses(
        (status = 200, description = "The document", body = DocumentDto),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/documents/{id}")]
pub(super) async fn get_document(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let document = state.engine.document(DocumentId(*id)).await?;
    Ok(HttpResponse::Ok().json(DocumentDto::convert_from(document)))
}
