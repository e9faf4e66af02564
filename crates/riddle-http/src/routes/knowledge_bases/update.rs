use actix_web::{HttpResponse, patch, web};
use riddle_api::{KnowledgeBaseDto, PatchKnowledgeBase};

use crate::dto::{ConvertFrom, knowledge_base_patch};
use crate::error::{ApiError, ErrorBody};
use crate::extract::RerankJson;
use crate::state::ServerState;

/// Change name, description or settings
#[utoipa::path(
    tag = "knowledge bases",
    params(("kb" = String, Path, description = "Id or name", example = "handbook")),
    request_body = PatchKnowledgeBase,
    responses(
        (status = 200, description = "As it is now", body = KnowledgeBaseDto),
        (status = 404, description = "There is none", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
        (status = "default", description = "Any other error", body = ErrorBody),
    ),
)]
#[patch("/knowledge-bases/{kb}")]
pub(super) async fn update_knowledge_base(
    state: web::Data<ServerState>,
    kb: web::Path<String>,
    body: RerankJson<PatchKnowledgeBase>,
) -> Result<HttpResponse, ApiError> {
    let current = if body.0.touches_settings() {
        Some(
            state
                .engine
                .knowledge_base(&kb)
                .await?
                .knowledge_base
                .settings,
        )
    } else {
        None
    };
    let patch = knowledge_base_patch(body.0, current);
    let updated = state.engine.update_knowledge_base(&kb, patch).await?;
    let id = updated.id.to_string();
    let view = state.engine.knowledge_base_view(&id).await?;
    Ok(HttpResponse::Ok().json(KnowledgeBaseDto::convert_from(view)))
}
