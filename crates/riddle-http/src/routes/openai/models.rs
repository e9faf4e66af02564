use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::MODEL_PREFIX;
use crate::error::ApiError;
use crate::state::ServerState;

/// The knowledge bases, as models.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelList {
    /// Always `list`.
    object: &'static str,
    data: Vec<Model>,
}

/// A knowledge base, as a model.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "riddle/handbook", "object": "model", "created": 1772357400, "owned_by": "riddle"}))]
pub(super) struct Model {
    /// `riddle/` and the name of the knowledge base; its id in place of the name works too.
    id: String,
    /// Always `model`.
    object: &'static str,
    /// Seconds since the Unix epoch.
    created: i64,
    owned_by: &'static str,
}

/// List knowledge bases as models
#[utoipa::path(
    tag = "openai",
    responses((status = 200, description = "All of them", body = ModelList)),
)]
#[get("/models")]
pub(super) async fn list_models(state: web::Data<ServerState>) -> Result<HttpResponse, ApiError> {
    let all = state.engine.list_knowledge_bases().await?;
    let data = all
        .into_iter()
        .map(|summary| Model {
            id: format!("{MODEL_PREFIX}{}", summary.knowledge_base.name),
            object: "model",
            created: summary.knowledge_base.created_at.0 / 1_000,
            owned_by: "riddle",
        })
        .collect();
    Ok(HttpResponse::Ok().json(ModelList {
        object: "list",
        data,
    }))
}
