use actix_web::{HttpResponse, post, web};
use riddle_api::DocumentDto;
use riddle_core::DocumentId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::routes::documents::flag::flag;
use crate::state::ServerState;

/// What becomes of changes that people have made.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RetryParams {
    /// Whether passages that were edited or switched off are given up; `false` if left out, and then a document that
    /// has such is refused.
    #[param(value_type = Option<bool>, example = false)]
    discard_edits: Option<String>,
}

/// Process a document anew
///
/// A failed one is tried again. One that is ready is read again from its original, as a later version or another
/// configuration may read more of it; until that is done, searches find it as it was. One whose text was recognised in
/// pictures is refused while there is no model for that.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document"), RetryParams),
    responses(
        (status = 202, description = "Queued", body = DocumentDto),
        (status = 400, description = "It is in work already, or has edits", body = ErrorBody),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = 409, description = "Text of it was recognised in pictures, which cannot be done now", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[post("/documents/{id}/retry")]
pub(super) async fn retry_document(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    params: web::Query<RetryParams>,
) -> Result<HttpResponse, ApiError> {
    let discard_edits = flag("discard_edits", params.discard_edits.as_deref())?;
    let id = DocumentId(*id);
    let document = state
        .engine
        .retry_document(id, discard_edits.unwrap_or(false))
        .await?;
    Ok(HttpResponse::Accepted().json(DocumentDto::convert_from(document)))
}
