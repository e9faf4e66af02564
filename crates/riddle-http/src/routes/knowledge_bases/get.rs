use actix_web::{HttpResponse, get, web};
use riddle_api::KnowledgeBaseDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// Look at a knowledge base
#[utoipa::path(
    tag = "knowledge bases",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    responses(
        (status = 200, description = "The knowledge base", body = KnowledgeBaseDto),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[get("/knowledge-bases/{kb}")]
pub(super) async fn get_knowledge_base(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = state.engine.knowledge_base_view(&kb).await?;
    Ok(HttpResponse::Ok().json(KnowledgeBaseDto::convert_from(found)))
}
