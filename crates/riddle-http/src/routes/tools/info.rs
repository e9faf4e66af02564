use actix_web::{HttpResponse, get, web};
use riddle_engine::MAX_INFERENCE_TEXTS;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorCode};
use crate::state::ServerState;

/// What serves `/rerank` and `/embed`.
#[derive(Serialize, ToSchema)]
pub(super) struct InfoDto {
    /// The reranker, or the embedder that stands in for it.
    model_id: String,
    /// The embedder, if there is one.
    embedding_model_id: Option<String>,
    /// `reranker` with the labels of its score, and `embedding`, for each that is served.
    #[schema(value_type = Object)]
    model_type: serde_json::Value,
    /// Longest input of the model in tokens.
    max_input_length: usize,
    /// Most texts in one request.
    max_client_batch_size: usize,
    /// Whether texts that are too long are cut where a request does not say.
    auto_truncate: bool,
    version: &'static str,
}

/// Which models serve `/rerank` and `/embed`
#[utoipa::path(
    tag = "reranking",
    responses(
        (status = 200, description = "The models", body = InfoDto),
        (status = 424, description = "There is none", body = Object),
    ),
)]
#[get("/info")]
pub(super) async fn info(state: web::Data<ServerState>) -> Result<HttpResponse, ApiError> {
    let models = state.engine.inference_models().await?;
    let first = models
        .reranker
        .as_ref()
        .map(|info| (info.name.clone(), info.max_tokens))
        .or_else(|| {
            models
                .embedder
                .as_ref()
                .map(|info| (info.name.clone(), info.max_tokens))
        });
    let Some((model_id, max_input_length)) = first else {
        return Err(ApiError::new(
            ErrorCode::MODEL_UNAVAILABLE,
            "no model is installed; run `riddle models pull ms-marco-minilm-l6-v2`",
        ));
    };
    let mut model_type =
        json!({"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}});
    if models.embedder.is_some() {
        model_type["embedding"] = json!({});
    }
    Ok(HttpResponse::Ok().json(InfoDto {
        model_id,
        embedding_model_id: models.embedder.map(|info| info.name),
        model_type,
        max_input_length,
        max_client_batch_size: MAX_INFERENCE_TEXTS,
        auto_truncate: true,
        version: env!("CARGO_PKG_VERSION"),
    }))
}
