use actix_web::{HttpResponse, get, web};
use riddle_api::ChunkListDto;
use riddle_core::DocumentId;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::dto::chunk_list;
use crate::error::{ApiError, ErrorBody};
use crate::routes::paging::page_limit;
use crate::state::ServerState;

const DEFAULT_LIMIT: u32 = 100;

/// Which chunks to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ChunkParams {
    /// Ordinal to begin with, from 0.
    #[param(value_type = Option<u32>, example = 0)]
    from: Option<String>,
    /// Chunks on the page, 1 to 1000; 100 if left out.
    #[param(value_type = Option<u32>, example = 100)]
    limit: Option<String>,
}

/// List a document's passages, in order
#[utoipa::path(
    tag = "documents",
    params(("id" = Uuid, Path, description = "The document"), ChunkParams),
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
    params: web::Query<ChunkParams>,
) -> Result<HttpResponse, ApiError> {
    let limit = page_limit(params.limit.as_deref(), DEFAULT_LIMIT)?;
    let from = params.from.as_deref().unwrap_or("0").parse();
    let from =
        from.map_err(|_not_a_number| ApiError::invalid("from", "must be a whole number from 0"))?;
    let chunks = state
        .engine
        .document_chunks(DocumentId(*id), from, limit)
        .await?;
    Ok(HttpResponse::Ok().json(chunk_list(chunks, limit)))
}
