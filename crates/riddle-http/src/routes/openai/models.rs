use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::MODEL_PREFIX;
use crate::error::{ApiError, ErrorCode};
use crate::state::ServerState;

/// The knowledge bases, then the models for reranking and embedding.
#[derive(Serialize, ToSchema)]
pub(super) struct ModelList {
    /// Always `list`.
    object: &'static str,
    data: Vec<Model>,
}

/// A knowledge base for chats, or a model for reranking or embedding.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "riddle/handbook", "object": "model", "created": 1772357400, "owned_by": "riddle"}))]
pub(super) struct Model {
    /// `riddle/` and the name of the knowledge base (its id in place of the name works too), or a catalogue name.
    id: String,
    /// Always `model`.
    object: &'static str,
    /// Seconds since the Unix epoch; 0 for a model of the catalogue.
    created: i64,
    owned_by: &'static str,
}

/// List knowledge bases and models
#[utoipa::path(
    tag = "openai",
    responses((status = 200, description = "All of them", body = ModelList)),
)]
#[get("/models")]
pub(super) async fn list_models(state: web::Data<ServerState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(ModelList {
        object: "list",
        data: models(&state).await?,
    }))
}

/// Show a knowledge base or a model
#[utoipa::path(
    tag = "openai",
    params(("model" = String, Path, description = "Its id in the list", example = "riddle/handbook")),
    responses(
        (status = 200, description = "It", body = Model),
        (status = "default", description = "Any error, in OpenAI's shape", body = Object),
    ),
)]
#[get("/models/{model:.+}")]
pub(super) async fn get_model(
    state: web::Data<ServerState>,
    model: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    if let Some(name) = model.strip_prefix(MODEL_PREFIX) {
        let summary = state.engine.knowledge_base(name).await?;
        return Ok(HttpResponse::Ok().json(Model {
            id: model.clone(),
            ..of_knowledge_base(&summary)
        }));
    }
    let all = models(&state).await?;
    let found = all.into_iter().find(|known| known.id == *model);
    let found = found.ok_or_else(|| {
        ApiError::new(
            ErrorCode::MODEL_NOT_FOUND,
            "no model of this name is served; /v1/models lists them",
        )
    })?;
    Ok(HttpResponse::Ok().json(found))
}

async fn models(state: &ServerState) -> Result<Vec<Model>, ApiError> {
    let bases = state.engine.list_knowledge_bases().await?;
    let names = state.engine.inference_model_names().await;
    let named = names.into_iter().map(|id| Model {
        id,
        object: "model",
        created: 0,
        owned_by: "riddle",
    });
    Ok(bases.iter().map(of_knowledge_base).chain(named).collect())
}

fn of_knowledge_base(summary: &riddle_core::KnowledgeBaseSummary) -> Model {
    Model {
        id: format!("{MODEL_PREFIX}{}", summary.knowledge_base.name),
        object: "model",
        created: summary.knowledge_base.created_at.0 / 1_000,
        owned_by: "riddle",
    }
}
