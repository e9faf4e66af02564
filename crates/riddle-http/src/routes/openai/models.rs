use actix_web::{HttpResponse, get, web};
use riddle_engine::EngineError;
use serde::Serialize;
use utoipa::ToSchema;

use super::MODEL_PREFIX;
use crate::error::{ApiError, ErrorCode};
use crate::routes::tools::{OTHER_NAMES, listed};
use crate::state::ServerState;

/// The knowledge bases, then the models for reranking and embedding, then the aliases of the configuration.
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
    /// What an alias of the configuration stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
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
    let found = all.iter().position(|known| known.id == *model);
    let found = found.ok_or_else(|| {
        ApiError::new(
            ErrorCode::MODEL_NOT_FOUND,
            format!(
                "no model of this name is served; here are {}",
                listed(names(&all), "none")
            ),
        )
    })?;
    Ok(HttpResponse::Ok().json(&all[found]))
}

async fn models(state: &ServerState) -> Result<Vec<Model>, ApiError> {
    let bases = state.engine.list_knowledge_bases().await?;
    let names = state.engine.inference_model_names().await;
    let named = names.into_iter().map(|id| Model {
        id,
        object: "model",
        created: 0,
        owned_by: "riddle",
        root: None,
    });
    let aliases = state.aliases.iter().map(|(alias, model)| Model {
        id: alias.to_owned(),
        object: "model",
        created: 0,
        owned_by: "riddle",
        root: Some(model.to_owned()),
    });
    let bases = bases.iter().map(of_knowledge_base);
    Ok(bases.chain(named).chain(aliases).collect())
}

fn names(models: &[Model]) -> Vec<String> {
    models.iter().map(|model| model.id.clone()).collect()
}

/// The knowledge base behind a model's name or alias.
///
/// # Errors
/// It is none; the error lists those that are here.
pub(super) async fn knowledge_base(state: &ServerState, model: &str) -> Result<String, ApiError> {
    let resolved = state.aliases.resolve(model.to_owned());
    let name = resolved.strip_prefix(MODEL_PREFIX).unwrap_or_default();
    let problem = if name.is_empty() {
        "must be `riddle/` and the id or name of a knowledge base".to_owned()
    } else {
        match state.engine.knowledge_base(name).await {
            Ok(_) => return Ok(name.to_owned()),
            Err(EngineError::KnowledgeBaseNotFound(name)) => {
                format!("names the knowledge base `{name}`, which is not here")
            }
            Err(error) => return Err(error.into()),
        }
    };
    let code = match name {
        "" => ErrorCode::MODEL_NOT_FOUND,
        _ => ErrorCode::KNOWLEDGE_BASE_NOT_FOUND,
    };
    let bases = state.engine.list_knowledge_bases().await?;
    let here = bases.iter().map(|base| of_knowledge_base(base).id);
    let aliases = state
        .aliases
        .iter()
        .filter(|(_, model)| model.starts_with(MODEL_PREFIX));
    let here = here.chain(aliases.map(|(alias, _)| alias.to_owned()));
    let here = listed(here.collect(), "no knowledge bases");
    let message = format!("`model` {problem}; here are {here}; {OTHER_NAMES}");
    Err(ApiError::new(code, message).about("model"))
}

fn of_knowledge_base(summary: &riddle_core::KnowledgeBaseSummary) -> Model {
    Model {
        id: format!("{MODEL_PREFIX}{}", summary.knowledge_base.name),
        object: "model",
        created: summary.knowledge_base.created_at.0 / 1_000,
        owned_by: "riddle",
        root: None,
    }
}
