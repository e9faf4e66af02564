use actix_web::{HttpResponse, get, web};
use riddle_api::KnowledgeBaseListDto;

use crate::dto::ConvertFrom;
use crate::error::{ApiError, ErrorBody};
use crate::state::ServerState;

/// List knowledge bases by name
#[utoipa::path(
    tag = "knowledge bases",
    responses(
        (status = 200, description = "All of them", body = KnowledgeBaseListDto),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/knowledge-bases")]
pub(super) async fn list_knowledge_bases(
    state: web::Data<ServerState>,
) -> Result<HttpResponse, ApiError> {
    let all = state.engine.list_knowledge_base_views().await?;
    Ok(HttpResponse::Ok().json(KnowledgeBaseListDto::convert_from(all)))
}
