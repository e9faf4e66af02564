use actix_web::{HttpResponse, get, web};
use riddle_api::ChunkListDto;
use riddle_core::DocumentId;
use uuid::Uuid;

use crate::dto::chunk_list;
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::PlaceParams;
use crate::state::ServerState;

const DEFAULT_LIMIT: u32 = 100;

/// List a document's passages, in order
///
/// A page has 100 of them where `limit` is left out. A longer one ends early where its text is beyond 4 MiB;
/// `next_from` says where to go on.
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document"), PlaceParams),
    responses(
        (status = 200, description = "A page", body = ChunkListDto),
        (status = 404, description = "No such document", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/documents/{id}/chunks")]
pub(super) async fn list_chunks(
    state: web::Data<ServerState>,
    id: web::Path<Uuid>,
    params: web::Query<PlaceParams>,
) -> Result<HttpResponse, ApiError> {
    let (from, limit) = (params.from()?, params.limit_or(DEFAULT_LIMIT)?);
    let chunks = state
        .engine
        .document_chunks(DocumentId(*id), from, limit)
        .await?;
    let page = chunk_list(chunks, limit, DEFAULT_LIMIT as usize);
    Ok(HttpResponse::Ok().json(page))
}
