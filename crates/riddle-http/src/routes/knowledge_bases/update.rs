use actix_web::{HttpResponse, patch, web};

use crate::dto::{KnowledgeBaseDto, PatchKnowledgeBase};
use crate::error::{ApiError, ErrorBody};
use crate::extract::ApiJson;
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
    body: ApiJson<PatchKnowledgeBase>,
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
    let patch = body.0.over(current);
    let updated = state.engine.update_knowledge_base(&kb, patch).await?;
    let id = updated.id.to_string();
    let summary = state.engine.knowledge_base(&id).await?;
    Ok(HttpResponse::Ok().json(KnowledgeBaseDto::from(summary)))
}
