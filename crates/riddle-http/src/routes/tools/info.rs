use actix_web::{HttpResponse, get, web};
use riddle_engine::bounds::MAX_INFERENCE_TEXTS;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::json;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorCode};
use crate::state::ServerState;

/// What serves `/rerank` and `/embed`.
#[derive(Serialize, ToSchema)]
pub(super) struct InfoDto {
    /// The reranker, or the embedder that is the fallback for it.
    model_id: String,
    /// The embedder, if there is one.
    embedding_model_id: Option<String>,
    /// `reranker` with the labels of its score, and `embedding`, for each that is served. The one of `model_id` comes
    /// first, as there are clients that look at the first alone.
    #[schema(value_type = Object)]
    model_type: ModelTypes,
    /// Longest input of the model in tokens.
    max_input_length: usize,
    /// Most texts in one request.
    max_client_batch_size: usize,
    /// Whether texts that are too long are cut where a request does not say.
    auto_truncate: bool,
    version: &'static str,
}

/// Which models are here. Written by hand, since the order of its keys matters.
struct ModelTypes {
    reranker: bool,
    embedder: bool,
}

impl Serialize for ModelTypes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let labels = json!({"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}});
        let mut map = serializer.serialize_map(None)?;
        if self.reranker {
            map.serialize_entry("reranker", &labels)?;
        }
        if self.embedder {
            map.serialize_entry("embedding", &json!({}))?;
        }
        if !self.reranker {
            // The embedder is the fallback.
            map.serialize_entry("reranker", &labels)?;
        }
        map.end()
    }
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
    Ok(HttpResponse::Ok().json(InfoDto {
        model_id,
        model_type: ModelTypes {
            reranker: models.reranker.is_some(),
            embedder: models.embedder.is_some(),
        },
        embedding_model_id: models.embedder.map(|info| info.name),
        max_input_length,
        max_client_batch_size: MAX_INFERENCE_TEXTS,
        auto_truncate: true,
        version: env!("CARGO_PKG_VERSION"),
    }))
}
